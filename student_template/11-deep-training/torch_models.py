"""The lectures' deep networks in PyTorch: a convolutional net, a residual one, and two that read
sequences.
"""

import torch
import torch.nn.functional as F
from torch import nn


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
        raise NotImplementedError

    def forward(self, x):
        """Log-probabilities of the ten digits."""
        raise NotImplementedError



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
        raise NotImplementedError

    def forward(self, x):
        """Scores of the classes."""
        raise NotImplementedError



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
        raise NotImplementedError

    def forward(self, x):
        """Scores of the classes."""
        raise NotImplementedError



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
        raise NotImplementedError

    def forward(self, x):
        """Scores of the tags at every step."""
        raise NotImplementedError
