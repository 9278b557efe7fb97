"""The lectures' deep networks in PyTorch: a convolutional net, a residual one, and two that read
sequences.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's documentation gives it
from torch import nn

__all__ = ["DigitCNN", "ResidualCNN", "LSTMClassifier", "BiLSTMTagger"]  # noqa: RUF022 - in reading order


class DigitCNN(nn.Module):
    """The convolutional network of L0's listing: two convolutions, two dropouts, two affine layers.

        conv1 5x5, 10 channels · max pool 2 · ReLU
        conv2 5x5, 20 channels · dropout of whole channels (p = ½) · max pool 2 · ReLU
        fc1 to 50 · ReLU · dropout (p = ½) · fc2 to 10 · log softmax

    Shapes: x (N, 1, image_size, image_size) in [0, 1]  ->  log-probabilities (N, 10).

    image_size 28 (MNIST) is the lecture's network: no padding, 28 → 24 → 12 → 8 → 4; fc1 sees 20 ·
    4 · 4 = 320 numbers. image_size 8 (the bundled digits) pads both convolutions by 2, 8 → 8 → 4 →
    4 → 2; fc1 sees 20 · 2 · 2 = 80.

    The output is a log softmax: train it with nll_loss. cross_entropy gives the same value, because
    log softmax applied twice is log softmax; a *softmax* before cross_entropy would be the mistake.
    Dropout acts in train mode only: call model.eval() before you measure anything.

    Raises ValueError for another image_size, or when x has another shape.

    L0 (the listing of class Net); LeCun, Bottou, Bengio & Haffner 1998.

    >>> model = DigitCNN(28).eval()
    >>> model(torch.zeros(3, 1, 28, 28)).exp().sum(dim=1).allclose(torch.ones(3))
    True
    >>> DigitCNN(8).fc1.in_features
    80
    """

    def __init__(self, image_size=28):
        super().__init__()
        if image_size not in {8, 28}:
            raise ValueError(
                f"image_size is {image_size}, expected 28 (MNIST) or 8 (the bundled digits)"
            )
        self.image_size = image_size
        padding, features = (0, 320) if image_size == 28 else (2, 80)
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5, padding=padding)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5, padding=padding)
        self.conv2_drop = nn.Dropout2d(0.5)
        self.fc1 = nn.Linear(features, 50)
        self.fc1_drop = nn.Dropout(0.5)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        """Log-probabilities of the ten digits."""
        _check_images(x, 1, self.image_size)
        x = F.relu(F.max_pool2d(self.conv1(x), 2))  # (N, 10, 12, 12)
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))  # (N, 20, 4, 4)
        x = self.fc1_drop(F.relu(self.fc1(x.flatten(1))))  # (N, 50)
        return F.log_softmax(self.fc2(x), dim=1)  # (N, 10)


class ResidualCNN(nn.Module):
    """A deep convolutional network whose blocks learn what to *add* to their input.

        y = ReLU(F(x) + shortcut(x)),
        F = BN · conv 3x3 · ReLU · BN · conv 3x3   (read from the right)

    The shortcut is the identity. The gradient of the loss therefore reaches every block through the
    sum, however many blocks lie above it; without the shortcut (residual=False, the plain stack) a
    network of this depth hardly trains.

    After a first convolution come three stages of (depth - 2) / 6 blocks with width, 2 width and 4
    width channels; the second and third stage begin with stride 2. There, where the shape changes,
    the shortcut is a 1x1 convolution and batch norm. The mean over the image and one affine layer
    give the scores.

    Shapes: x (N, in_channels, H, W) -> scores (N, num_classes), not normalised: train with
    cross_entropy.
    depth counts the 3x3 convolutions and the affine layer: 8, 14, 20, …, 56. Any H and W will do.

    The ReLU comes after the sum, not before: a block must be able to subtract.
    Convolutions before batch norm need no bias: the norm would take it away again.

    Raises ValueError when depth - 2 is not a positive multiple of 6, or x has another shape.

    He, Zhang, Ren & Sun 2016, "Deep Residual Learning for Image Recognition", eq. 1 and 2, section
    4.2; L0; L3 (Residual CNNs).

    >>> ResidualCNN(depth=8)(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """

    def __init__(self, depth=20, in_channels=1, num_classes=10, width=16, residual=True):
        super().__init__()
        if depth < 8 or (depth - 2) % 6:
            raise ValueError(
                f"depth is {depth}, expected 8, 14, 20, … (2 more than a multiple of 6)"
            )
        self.in_channels = in_channels
        blocks, channels = [], width
        for stage_width in (width, 2 * width, 4 * width):
            for i in range((depth - 2) // 6):
                stride = 2 if i == 0 and stage_width > width else 1
                blocks.append(_Block(channels, stage_width, stride, residual))
                channels = stage_width
        self.stem = nn.Sequential(_conv3x3(in_channels, width), nn.BatchNorm2d(width), nn.ReLU())
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(channels, num_classes)

    def forward(self, x):
        """Scores of the classes."""
        _check_images(x, self.in_channels)
        x = self.blocks(self.stem(x))  # (N, 4 width, H / 4, W / 4)
        return self.head(x.mean(dim=(2, 3)))  # (N, num_classes)


class _Block(nn.Module):
    """Two convolutions and, if residual, the shortcut around them."""

    def __init__(self, channels, out_channels, stride, residual):
        super().__init__()
        self.change = nn.Sequential(
            _conv3x3(channels, out_channels, stride),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            _conv3x3(out_channels, out_channels),
            nn.BatchNorm2d(out_channels),
        )
        self.shortcut = None
        if residual:
            self.shortcut = nn.Identity()
            if stride != 1:
                projection = nn.Conv2d(channels, out_channels, 1, stride, bias=False)
                self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(out_channels))

    def forward(self, x):
        change = self.change(x)
        return F.relu(change if self.shortcut is None else change + self.shortcut(x))


def _conv3x3(channels, out_channels, stride=1):
    return nn.Conv2d(channels, out_channels, 3, stride, padding=1, bias=False)


class LSTMClassifier(nn.Module):
    """Read a sequence with an LSTM and decide from its last hidden state.

        hₜ, cₜ = LSTM(xₜ, hₜ₋₁, cₜ₋₁)        scores = W h_T + b

    Shapes: x (N, T, input_size) -> scores (N, num_classes), not normalised: train with
    cross_entropy.
    With num_classes=1 it predicts a number, (N, 1): train with mse_loss against y of shape (N, 1).

    h₀ = c₀ = 0 for every sequence: no state is carried from batch to batch. The sequences of a
    batch have equal T.
    The bias of the forget gate begins at 1, so that the cell remembers until it has learned what to
    forget.

    Raises ValueError when x has another shape or T = 0.

    Hochreiter & Schmidhuber 1997, "Long Short-Term Memory"; Gers, Schmidhuber & Cummins 2000
    (forget gate); Jozefowicz, Zaremba & Sutskever 2015 (its bias); L3 (LSTM Networks).

    >>> LSTMClassifier(2, 16, 3)(torch.zeros(5, 7, 2)).shape
    torch.Size([5, 3])
    """

    def __init__(self, input_size, hidden_size, num_classes):
        super().__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)
        _open_forget_gates(self.lstm)

    def forward(self, x):
        """Scores of the classes."""
        _check_sequences(x, self.lstm.input_size)
        h, _ = self.lstm(x)  # (N, T, hidden_size)
        return self.head(h[:, -1])  # (N, num_classes)


class BiLSTMTagger(nn.Module):
    """Tag every step of a sequence, knowing what came before it and what comes after.

        h→ₜ = LSTM→(xₜ, h→ₜ₋₁)        h←ₜ = LSTM←(xₜ, h←ₜ₊₁)        scoresₜ = W [h→ₜ; h←ₜ] + b

    Shapes: x (N, T, input_size)  ->  scores (N, T, num_tags), not normalised.

    The class axis is the last one, as torch_training.cross_entropy takes it; torch's own
    cross_entropy wants it second. h←ₜ belongs to step t of the sequence, not to the t-th step of
    the reversed reading. The sequences of a batch have equal T: padding would be read by the
    backward LSTM first.
    The bias of the forget gates begins at 1, as in LSTMClassifier.

    Raises ValueError when x has another shape or T = 0.

    Schuster & Paliwal 1997, "Bidirectional Recurrent Neural Networks"; L3 (Bidirectional RNNs).

    >>> BiLSTMTagger(4, 16, 3)(torch.zeros(5, 7, 4)).shape
    torch.Size([5, 7, 3])
    """

    def __init__(self, input_size, hidden_size, num_tags):
        super().__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * hidden_size, num_tags)
        _open_forget_gates(self.lstm)

    def forward(self, x):
        """Scores of the tags at every step."""
        _check_sequences(x, self.lstm.input_size)
        h, _ = self.lstm(x)  # (N, T, 2 hidden_size)
        return self.head(h)  # (N, T, num_tags)


def _open_forget_gates(lstm):
    """Let the forget gates begin with the bias 1. torch adds two biases; its gates are input,
    forget, cell, output.
    """
    H = lstm.hidden_size
    with torch.no_grad():
        for name, bias in lstm.named_parameters():
            if name.startswith("bias"):
                bias[H : 2 * H] = 1.0 if name.startswith("bias_ih") else 0.0


def _check_images(x, channels, size=None):
    H, W = (size, size) if size else ("H", "W")
    if x.ndim != 4 or x.shape[1] != channels or (size and x.shape[2:] != (size, size)):
        raise ValueError(f"x has the shape {tuple(x.shape)}, expected (N, {channels}, {H}, {W})")


def _check_sequences(x, input_size):
    if x.ndim != 3 or x.shape[2] != input_size or x.shape[1] == 0:
        raise ValueError(
            f"x has the shape {tuple(x.shape)}, expected (N, T, {input_size}) with T >= 1"
        )
