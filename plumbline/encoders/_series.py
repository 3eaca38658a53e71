"""What the encoders of series share: long ones shortened, convolutions and means that padding does not change."""

from torch import Tensor, nn
from torch.nn.functional import pad


def shorten(block: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """(B, 1, channels + 1, time) -> (B, channels + 1, steps) and its last part (B, 1, steps), 1 inside of a series.

    Windows of equal width are averaged where there are more than `most` steps. At least two steps are given, lest batch
    norm meet one value.
    """
    series = block[:, 0]
    time = series.shape[2]
    width = -(-time // most)
    series = pad(series, (0, max(-(-time // width), 2) * width - time))
    if width > 1:
        total = series.unflatten(2, (-1, width)).sum(3)  # (B, channels + 1, steps): the last counts the numbers
        series = total / total[:, -1:].clamp(min=1)
    return series, series[:, -1:]


MOMENTUM = 0.5
"""Share of a batch in batch norm's running statistics: few series make few steps, and at 0.1 validation lags behind."""


class MaskedConv(nn.Module):
    """(B, c, time) -> (B, d, time): a convolution that sees zeros behind the end of a series, and batch norm."""

    def __init__(self, n_in: int, n_out: int, width: int) -> None:
        super().__init__()
        self.ends = ((width - 1) // 2, width // 2)
        self.conv = nn.Conv1d(n_in, n_out, width, bias=False)
        self.norm = nn.BatchNorm1d(n_out, momentum=MOMENTUM)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.conv(pad(x * mask, self.ends)))
        return normed


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Mean of (B, d, time) over the steps inside of each series, (B, d); 0 for a missing one."""
    return (x * mask).sum(2) / mask.sum(2).clamp(min=1)
