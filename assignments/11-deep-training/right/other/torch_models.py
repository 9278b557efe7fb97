import torch
import torch.nn as nn
import torch.nn.functional as F


class DigitCNN(nn.Module):
    def __init__(self, image_size=28):
        super(DigitCNN, self).__init__()
        if image_size == 28:
            pad, self.flat = 0, 320
        elif image_size == 8:
            pad, self.flat = 2, 80
        else:
            raise ValueError('image_size must be 8 or 28, got %r' % (image_size,))
        self.side = image_size
        # made in another order than they are used in
        self.fc2 = nn.Linear(50, 10)
        self.fc1 = nn.Linear(self.flat, 50)
        self.conv2 = nn.Conv2d(10, 20, 5, padding=pad)
        self.conv1 = nn.Conv2d(1, 10, 5, padding=pad)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        if x.dim() != 4 or tuple(x.size())[1:] != (1, self.side, self.side):
            raise ValueError('x should be (N, 1, %d, %d), got %s' % (self.side, self.side, list(x.size())))
        x = self.pool(self.conv1(x).relu())             # max and ReLU can be swapped
        x = self.pool(self.conv2(x)).relu()
        x = F.dropout2d(x, 0.5, self.training)          # and dropping whole channels with both of them
        x = x.view(x.size(0), -1)
        x = F.dropout(self.fc1(x).relu(), 0.5, training=self.training)
        scores = self.fc2(x)
        return scores - scores.logsumexp(1, keepdim=True)


class Block(nn.Module):
    def __init__(self, cin, cout, skip):
        super().__init__()
        s = 1 if cin == cout else 2
        self.a = nn.Conv2d(cin, cout, 3, s, 1)          # with a bias that batch norm takes away
        self.na = nn.BatchNorm2d(cout)
        self.b = nn.Conv2d(cout, cout, 3, 1, 1)
        self.nb = nn.BatchNorm2d(cout)
        self.skip = skip
        if skip and s == 2:
            self.p = nn.Conv2d(cin, cout, 1, 2)
            self.np = nn.BatchNorm2d(cout)

    def forward(self, x):
        y = self.nb(self.b(torch.relu(self.na(self.a(x)))))
        if self.skip:
            y = y + (self.np(self.p(x)) if hasattr(self, 'p') else x)
        return torch.relu(y)


class ResidualCNN(nn.Module):
    def __init__(self, depth=20, in_channels=1, num_classes=10, width=16, residual=True):
        super().__init__()
        n, rest = divmod(depth - 2, 6)
        if rest != 0 or n < 1:
            raise ValueError(f'depth={depth} does not work: 8, 14, 20, ... do')
        self.c = in_channels
        self.first = nn.Conv2d(in_channels, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.layers = nn.ModuleList()
        now = width
        for factor in (1, 2, 4):
            for _ in range(n):
                self.layers.append(Block(now, factor * width, residual))
                now = factor * width
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.out = nn.Linear(now, num_classes)

    def forward(self, x):
        if x.dim() != 4 or x.size(1) != self.c:
            raise ValueError(f'x: expected N x {self.c} x H x W, got {tuple(x.shape)}')
        x = F.relu(self.norm(self.first(x)))
        for layer in self.layers:
            x = layer(x)
        return self.out(self.pool(x).flatten(start_dim=1))


def remember(lstm):
    h = lstm.hidden_size
    with torch.no_grad():
        lstm.bias_ih_l0[h:2 * h].fill_(0.0)
        lstm.bias_hh_l0[h:2 * h].fill_(1.0)
    return lstm


def look(x, d):
    if x.dim() != 3 or x.size(2) != d or x.size(1) < 1:
        raise ValueError(f'x has to be (N, T, {d}) with at least one step, not {tuple(x.shape)}')


class LSTMClassifier(nn.Module):
    def __init__(self, input_size, hidden_size, num_classes):
        super().__init__()
        self.d = input_size
        self.affine = nn.Linear(hidden_size, num_classes)
        self.memory = remember(nn.LSTM(input_size, hidden_size))

    def forward(self, x):
        look(x, self.d)
        _, (h, _) = self.memory(x.permute(1, 0, 2))     # time first
        return self.affine(h[0])


class BiLSTMTagger(nn.Module):
    def __init__(self, input_size, hidden_size, num_tags):
        super().__init__()
        self.d = input_size
        self.right = remember(nn.LSTM(input_size, hidden_size, batch_first=True))
        self.left = remember(nn.LSTM(input_size, hidden_size, batch_first=True))
        self.affine = nn.Linear(2 * hidden_size, num_tags)

    def forward(self, x):
        look(x, self.d)
        forwards = self.right(x)[0]
        backwards = self.left(torch.flip(x, [1]))[0]
        steps = []
        for t in range(x.size(1)):
            both = torch.cat([forwards[:, t], backwards[:, x.size(1) - 1 - t]], dim=-1)
            steps.append(self.affine(both))
        return torch.stack(steps, dim=1)
