"""Images: every kind of file becomes the same upright pixels, broken ones are refused, changed ones stay images."""

from __future__ import annotations

import struct
import sys
import zlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from plumbline import mixup, paths
from plumbline.augmentations import image as augmentation
from plumbline.columns import _pixels, _resize
from plumbline.columns import image as column
from plumbline.encoders import backbone, convnet, residual
from plumbline.errors import InputError
from plumbline.files import read_json
from plumbline.weights import load_pretrained
from tests import project
from tests.conftest import Make
from tests.contents.image import noise, written
from tests.test_contents import fit, open_front

RGB = noise(6, 5)
PIXELS = np.asarray(RGB)


# Decoding


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}),
                          ("WEBP", {"lossless": True})]
)  # fmt: skip
def test_a_file_without_loss_gives_its_pixels(kind: str, options: dict[str, Any]) -> None:
    value = written(RGB, kind, **options)
    assert _pixels.find_format(value) == kind
    np.testing.assert_array_equal(_pixels.decode(value), PIXELS)


def test_a_jpeg_gives_nearly_its_pixels() -> None:
    smooth = Image.linear_gradient("L").resize((40, 30)).convert("RGB")
    decoded = _pixels.decode(written(smooth, "JPEG", quality=95))
    assert np.abs(decoded.astype(int) - np.asarray(smooth)).max() <= 4


def test_the_first_frame_of_a_gif_is_taken() -> None:
    frames = [Image.new("RGB", (4, 3), color) for color in ("red", "blue")]
    decoded = _pixels.decode(written(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    np.testing.assert_array_equal(decoded, np.asarray(frames[0]))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_photo_is_turned_as_exif_says(orientation: int, kind: str) -> None:
    camera = {1: [], 2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}  # what undoes the turn
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {"quality": 100} if kind == "JPEG" else {}
    upright = Image.linear_gradient("L").resize((16, 8)).rotate(5, fillcolor=255).convert("RGB")
    held = upright
    for turn in camera[orientation]:
        held = held.transpose(Image.Transpose(turn))
    decoded = _pixels.decode(written(held, kind, exif=exif, **options))
    assert decoded.shape == (8, 16, 3)
    assert np.abs(decoded.astype(int) - np.asarray(upright)).max() <= (12 if kind == "JPEG" else 0)


def test_of_16_bits_the_upper_8_are_taken() -> None:
    deep = np.array([[0, 255, 256, 65535, 32768]], dtype=np.uint16)
    for kind in ("PNG", "TIFF"):
        assert _pixels.decode(written(Image.fromarray(deep), kind))[0, :, 0].tolist() == [0, 0, 1, 255, 128]


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    clear.putpixel((1, 0), (255, 0, 0, 255))
    assert _pixels.decode(written(clear)).tolist() == [[[255, 255, 255], [255, 0, 0]]]
    half = Image.new("LA", (1, 1), (0, 128))
    assert _pixels.decode(written(half)).tolist() == [[[127, 127, 127]]]
    palette = Image.new("P", (2, 1))
    palette.putpalette([0, 0, 0, 9, 9, 9])
    palette.putpixel((1, 0), 1)
    assert _pixels.decode(written(palette, transparency=0)).tolist() == [[[255, 255, 255], [9, 9, 9]]]


def test_palettes_cmyk_and_single_bits_are_read() -> None:
    colors = RGB.quantize(8)
    np.testing.assert_array_equal(_pixels.decode(written(colors)), np.asarray(colors.convert("RGB")))
    np.testing.assert_array_equal(_pixels.decode(written(RGB.convert("CMYK"), "TIFF")), PIXELS)
    assert set(_pixels.decode(written(RGB.convert("1"))).ravel().tolist()) <= {0, 255}


# Broken files


@pytest.mark.parametrize("kind", _pixels.FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_ends_too_soon_is_refused(kind: str, share: float) -> None:
    value = written(noise(40, 30), kind)
    with pytest.raises(ValueError, match=r"^is (truncated|damaged)$"):
        column.measure(value[: int(len(value) * share)])


def png_of(width: int, height: int) -> bytes:
    """A PNG that says how large it is and holds nothing."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("side", [10_000, 60_000])
def test_a_small_file_of_too_many_pixels_is_refused(side: int) -> None:
    with pytest.raises(ValueError, match=r"^has more than 89,478,485 pixels$"):
        column.measure(png_of(side, side))


@pytest.mark.parametrize("mode", ["I", "F"])
def test_pixels_without_a_range_are_refused(mode: str) -> None:
    with pytest.raises(ValueError, match=r"^has pixels of 32 bits, of which none says what is black and what white$"):
        column.measure(written(Image.new(mode, (2, 2)), "TIFF"))


def test_random_damage_is_refused_or_harmless() -> None:
    generator, outcomes = np.random.default_rng(1), []
    for kind in _pixels.FORMATS:
        value = written(noise(12, 9), kind)
        for _ in range(60):
            damaged = bytearray(value)
            damaged[int(generator.integers(len(value)))] ^= int(generator.integers(1, 256))
            try:
                outcomes.append(column.measure(bytes(damaged))["width"])
            except ValueError as error:
                outcomes.append(str(error).split()[0])
    assert {"is", 9.0} <= set(outcomes)


# Resizing


SIDES = [
    (1, 1),
    (2, 2),
    (3, 1000),
    (1000, 3),
    (56, 56),
    (112, 112),
    (128, 96),
    (27, 29),
    (100, 37),
    (480, 640),
    (64, 64),
]


@pytest.mark.parametrize(("height", "width"), [(28, 28), (64, 48), (1, 1), (7, 64)])
@pytest.mark.parametrize("channels", [1, 3])
def test_resizing_equals_the_exported_graph_to_the_last_level(height: int, width: int, channels: int) -> None:
    state = {"height": height, "width": width, "channels": channels}
    session, generator = open_front("image", state), np.random.default_rng(0)
    for sides in SIDES + [tuple(generator.integers(1, 200, 2)) for _ in range(20)]:
        pixels = generator.integers(0, 256, (2, *sides, channels), dtype=np.uint8)
        pixels[1] = pixels[1] // 128 * 255  # black and white: many sums that end in a half
        exported = session.run(None, {"x": pixels})[0]
        resized = np.stack([_resize.resize(image, height, width).transpose(2, 0, 1) for image in pixels])
        np.testing.assert_array_equal(resized, exported)


@pytest.mark.parametrize("sides", SIDES)
def test_resizing_is_that_of_torch(sides: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*sides, 3), dtype=np.uint8)
    planes = torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None].float()
    expected = (
        nn.functional.interpolate(planes, (28, 20), mode="bilinear", antialias=True)[0].numpy().transpose(1, 2, 0)
    )
    assert np.abs(_resize.resize(pixels, 28, 20) - expected).max() < 0.503


def test_halves_round_up() -> None:
    pixels = np.array([[0, 1, 1, 2], [0, 1, 1, 2]], dtype=np.uint8)[:, :, None]
    state = {"height": 2, "width": 2, "channels": 1}
    exact = nn.functional.interpolate(torch.tensor([[[[0.0, 1, 1, 2]] * 2]]), (2, 2), mode="bilinear", antialias=True)
    rounded = np.floor(exact[0, 0].double().numpy() + 0.5 + 1e-6)
    np.testing.assert_array_equal(_resize.resize(pixels, 2, 2)[:, :, 0], rounded)
    np.testing.assert_array_equal(open_front("image", state).run(None, {"x": pixels[None]})[0][0, 0], rounded)


# The column type


def test_a_column_of_file_names_is_recognised_by_their_endings() -> None:
    assert column.recognise(pl.Series(["a/1.PNG", "b.jpeg", None]), False) == (
        0.95,
        "its values are names of image files, as a/1.PNG",
    )
    for values in (["a.png", "b.txt"], ["https://x.org/a.png"], [None, None], ["png"]):
        assert column.recognise(pl.Series(values, dtype=pl.String), False)[0] == 0.0
    assert column.recognise(pl.Series([b"%PDF-1.7", written(RGB), b"x"]), False)[0] == 0.0
    assert column.recognise(pl.Series([written(RGB, kind) for kind in ("PNG", "JPEG")]), False) == (
        0.95,
        "its values are JPEG and PNG files",
    )


def test_the_measures_of_an_image_are_those_of_its_pixels() -> None:
    half = Image.new("RGB", (4, 2), "white")
    half.paste("black", (0, 0, 2, 2))
    assert column.measure(written(half)) == {
        "width": 4.0, "height": 2.0, "brightness": 127.5, "contrast": 127.5, "colour": 0.0
    }  # fmt: skip
    assert column.measure(written(Image.new("RGB", (1, 1), (255, 0, 55))))["colour"] == 255.0


@pytest.mark.parametrize(
    ("sides", "knobs", "shape"),
    [
        ([(28, 28)], {}, (3, 28, 28)),
        ([(100, 50), (200, 100), (10, 10)], {}, (3, 64, 32)),
        ([(100, 50)], {"size": 20, "channels": 1}, (1, 20, 10)),
        ([(300, 2)], {}, (3, 64, 1)),
        ([(1, 1)], {}, (3, 2, 2)),
    ],
)
def test_images_are_encoded_in_the_median_size_of_the_train_images(
    sides: list[tuple[int, int]], knobs: dict[str, Any], shape: tuple[int, int, int]
) -> None:
    values = pl.Series([written(Image.new("RGB", (width, height), (9, 99, 199))) for height, width in sides])
    assert column.shape(fit("image", values, column.Params(**knobs))) == shape


def test_images_are_grey_where_all_train_images_are_however_they_are_stored() -> None:
    grey = pl.Series([written(noise(5, 5, 1)), written(noise(5, 5, 1).convert("RGB"))])
    state = fit("image", grey)
    assert state["channels"] == 1
    coloured = column.encode(pl.Series([written(RGB.resize((5, 5), 0))]), state)
    np.testing.assert_array_equal(coloured[0, 0], np.asarray(RGB.resize((5, 5), 0).convert("L")))
    assert fit("image", grey.append(pl.Series([written(RGB)])))["channels"] == 3


def test_an_image_in_the_report_is_a_png_of_at_most_64_pixels_height() -> None:
    import base64
    import io

    shown = column.show(written(noise(300, 200), "JPEG"))
    data = shown.partition("base64,")[2].partition('"')[0]
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert (image.format, image.size) == ("PNG", (42, 64))
    assert 'alt="image of 200 × 300 pixels"' in shown


def test_a_small_image_in_the_report_is_enlarged_by_a_whole_factor() -> None:
    import base64
    import io

    data = column.show(written(noise(28, 20))).partition("base64,")[2].partition('"')[0]
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (40, 56)


# Encoders


def image_state(shape: tuple[int, int, int]) -> dict[str, Any]:
    return {"missing": 0, "channels": shape[0], "height": shape[1], "width": shape[2], "mean": 70.0, "std": 90.0}


@pytest.mark.parametrize("module", [convnet, residual])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 64, 48), (1, 2, 2), (3, 5, 90)])
def test_an_encoder_takes_images_of_any_size(module: Any, shape: tuple[int, int, int]) -> None:
    encoder = module.build(module.Params(width=4), [image_state(shape)], shape)
    block = torch.randint(0, 256, (2, 1, *shape), dtype=torch.uint8)
    features = encoder(block)
    assert features.shape == (2, sum(encoder.widths))
    torch.testing.assert_close(encoder(block.float()), features)


@pytest.mark.parametrize(
    ("module", "knobs"),
    [(convnet, {"width": 5}), (convnet, {"depth": 3}), (residual, {"width": 5}), (residual, {"blocks": 1})],
)
def test_every_knob_of_an_encoder_changes_its_weights(module: Any, knobs: dict[str, int]) -> None:
    state, small = image_state((1, 28, 28)), {"width": 4}
    counts = [
        sum(weight.numel() for weight in module.build(module.Params(**chosen), [state], (1, 28, 28)).parameters())
        for chosen in (small, small | knobs)
    ]
    assert counts[0] != counts[1]


class Tiny(nn.Module):
    """What stands in for a model of timm or torchvision."""

    def __init__(self, n_in: int, head: nn.Module, weight: float) -> None:
        super().__init__()
        self.body, self.fc = nn.Conv2d(n_in, 6, 1), head
        nn.init.constant_(self.body.weight, weight)

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.fc(self.body(x).mean(dim=(2, 3)))
        return features


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins for both packages: neither is installed where the tests run."""

    def create_model(name: str, pretrained: bool, num_classes: int, in_chans: int) -> nn.Module:
        assert (name, num_classes) == ("tiny18", 0)
        return Tiny(in_chans, nn.Identity(), 1.0 if pretrained else 0.5)

    def get_model(name: str, weights: str | None) -> nn.Module:
        assert name == "tiny50"
        return Tiny(3, nn.Linear(6, 1000), 1.0 if weights == "DEFAULT" else 0.5)

    timm = SimpleNamespace(list_models=lambda: ["tiny18"], create_model=create_model)
    models = SimpleNamespace(list_models=lambda: ["tiny50"], get_model=get_model)
    monkeypatch.setitem(sys.modules, "timm", timm)  # type: ignore[misc]
    monkeypatch.setitem(sys.modules, "torchvision", SimpleNamespace(models=models))  # type: ignore[misc]


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize(("library", "name"), [("timm", "tiny18"), ("torchvision", "tiny50")])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_backbone_gives_what_its_classifier_would_look_at(library: Any, name: str, channels: int) -> None:
    shape = (channels, 8, 8)
    knobs = backbone.Params(library=library, model=name, pretrained=True)
    encoder: Any = backbone.build(knobs, [image_state(shape)], shape)
    assert encoder.widths == [6]
    assert encoder(torch.zeros(2, 1, *shape, dtype=torch.uint8)).shape == (2, 6)
    assert float(encoder.model.body.weight.detach().max()) == 0.5
    assert load_pretrained(nn.Sequential(encoder))[0] is encoder
    assert float(encoder.model.body.weight.detach().min()) == 1.0


@pytest.mark.usefixtures("packages")
def test_a_model_that_the_package_does_not_have_is_one_sentence() -> None:
    with pytest.raises(InputError) as raised:
        backbone.build(backbone.Params(model="tiny8"), [image_state((3, 8, 8))], (3, 8, 8))
    assert str(raised.value) == (
        "params.yaml: encoders.image.backbone.model: 'tiny8' is no model of timm; did you mean 'tiny18'?"
    )


def test_a_package_that_is_not_installed_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)  # type: ignore[arg-type]
    with pytest.raises(InputError) as raised:
        backbone.build(backbone.Params(), [image_state((3, 8, 8))], (3, 8, 8))
    assert str(raised.value) == (
        "params.yaml: encoders.image.backbone.library: timm is not installed; `pip install timm` installs it, "
        "and encoders.image.name: convnet does without"
    )


# Augmentation


OFF = dict.fromkeys(augmentation.Params.model_fields, 0)
BLOCK = torch.randint(0, 256, (64, 1, 3, 12, 10), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def augmented(block: Tensor = BLOCK, **knobs: float) -> Tensor:
    params = augmentation.Params(**{**OFF, **knobs})
    return augmentation.augment(block, params, image_state((3, 12, 10)), torch.Generator().manual_seed(1))


@pytest.mark.parametrize("knob", sorted(OFF))
def test_every_knob_changes_images_within_their_range(knob: str) -> None:
    changed = augmented(**{knob: 0.5})
    assert changed.shape == BLOCK.shape
    assert (changed - BLOCK.float()).abs().max() > 1
    assert changed.min() >= 0
    assert changed.max() <= 255.001


def test_with_every_knob_at_0_images_stay_what_they_are() -> None:
    assert torch.equal(augmented(), BLOCK)


def test_a_certain_flip_swaps_left_and_right() -> None:
    torch.testing.assert_close(augmented(flip=1), BLOCK.flip(-1).float(), rtol=0, atol=1e-3)


def test_a_shift_moves_by_whole_pixels_and_draws_out_the_edge() -> None:
    changed, moves = augmented(shift=0.1)[:, 0], set()
    drawn_out = nn.functional.pad(BLOCK[:, 0].float(), (1, 1, 1, 1), mode="replicate")
    for image, wide in zip(changed, drawn_out, strict=True):
        fits = [
            (y, x) for y in range(3) for x in range(3) if (wide[:, y : y + 12, x : x + 10] - image).abs().max() < 0.01
        ]
        assert len(fits) == 1
        moves.update(fits)
    assert len(moves) == 9


def test_a_turn_of_a_half_circle_and_less_keeps_the_middle() -> None:
    dot = torch.zeros(32, 1, 1, 11, 11)
    dot[:, :, :, 5, 5] = 255
    turned = augmented(dot, turn=180)
    torch.testing.assert_close(turned[:, 0, 0, 5, 5], torch.full((32,), 255.0), rtol=0, atol=1e-2)


def test_a_quarter_turn_keeps_the_shape_of_what_is_in_a_wide_image(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = torch.zeros(1, 1, 1, 9, 15)
    wide[..., 4, 5:10] = 255  # a bar of five pixels, lying
    monkeypatch.setattr(augmentation._Draw, "around_zero", lambda self, most: torch.full((1,), float(most)))
    bar = augmented(wide, turn=90)[0, 0, 0]
    assert (bar > 200).nonzero().tolist() == [[row, 7] for row in range(2, 7)]


def test_erasing_fills_one_box_of_at_most_a_third() -> None:
    erased = (augmented(torch.zeros(200, 1, 3, 30, 30), erase=1) == 70).all(dim=2)[:, 0]
    shares = erased.float().mean(dim=(1, 2))
    assert shares.min() > 0
    assert shares.max() < 0.37
    for image in erased:
        rows, columns = image.any(dim=1), image.any(dim=0)
        assert int(image.sum()) == int(rows.sum()) * int(columns.sum())
    assert 0.4 < (augmented(torch.zeros(200, 1, 3, 30, 30), erase=0.5).amax(dim=(1, 2, 3, 4)) > 0).float().mean() < 0.6


# Mixup


def test_a_mixture_blends_features_and_losses_alike() -> None:
    mixture = mixup.Mixture(0.75, torch.tensor([1, 0]))
    assert mixture.blend(torch.tensor([[0.0], [4.0]])).tolist() == [[1.0], [3.0]]
    objective: Any = lambda logits, targets: (logits[0] - targets[0]).abs().mean()  # noqa: E731
    loss = mixture.loss(objective, [torch.tensor([0.0, 0.0])], [torch.tensor([0.0, 4.0])])
    assert float(loss) == 2.0


def test_mixtures_follow_their_generator_and_alpha() -> None:
    draws = [mixup.draw_mixture(0.2, 5, np.random.default_rng(seed), torch.device("cpu")) for seed in (0, 0, 1)]
    assert (draws[0].share, draws[0].partner.tolist()) == (draws[1].share, draws[1].partner.tolist())
    assert draws[0].share != draws[2].share
    assert sorted(draws[0].partner.tolist()) == [0, 1, 2, 3, 4]


# The pipeline


def lamps(n_rows: int) -> pl.DataFrame:
    """Images of several sizes, bright ones of class on, dark ones of class off; one is missing, one is half a file."""
    generator, files = np.random.default_rng(0), []
    for row in range(n_rows):
        height, width = generator.integers(8, 15, 2)
        levels = generator.integers(0, 120, (height, width, 3)) + 100 * (row % 2)
        files.append(written(Image.fromarray(levels.astype(np.uint8)), "PNG" if row % 3 else "BMP"))
    files[4], files[7] = None, files[7][:60]
    return pl.DataFrame({"photo": files, "watts": np.arange(n_rows) % 5, "y": ["off", "on"] * (n_rows // 2)})


@pytest.mark.slow
def test_images_beside_numbers_go_through_all_six_stages(in_project: Make) -> None:
    knobs = {"shift": 0.1, "flip": 0.5, "zoom": 0.1, "turn": 10, "brightness": 0.1, "contrast": 0.1, "erase": 0.3}
    in_project(
        lamps(90),
        **{"ingest.broken": "set_aside", "encoders.image.convnet": {"width": 4}, "train.augment.image": knobs},
        **{"train.mixup": 0.2, "train.epochs": 8, "export.formats": ["onnx", "pt2", "torchscript"]},
    )
    project.run(*project.STAGES)
    found = read_json(paths.INGEST_REPORT)
    assert found["examples"] == 89
    assert found["findings"][0]["what"] == (
        "column 'photo': 1 image of 90 cannot be read: row 7 is truncated; set aside, ingest.broken: fail stops instead"
    )
    assert read_json(paths.METRICS)["test"]["accuracy"] > 0.9
    assert all(entry["passed"] for entry in read_json(paths.EXPORT_REPORT)["checks"])
    assert (paths.DATA_FIGURES / "contents_0.png").exists()


def test_a_broken_image_ends_ingest_with_its_row(in_project: Make) -> None:
    in_project(lamps(10))
    assert project.refusal("ingest") == (
        "column 'photo': 1 image of 10 cannot be read: row 7 is truncated; mend them, or set ingest.broken to set_aside"
    )
