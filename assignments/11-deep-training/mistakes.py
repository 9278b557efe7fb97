"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they
should read.

The reference shares its code between small private functions and classes. Where a mistake belongs
into one of them, the public function around it puts another one in its place.
"""

from grader.feedback import mistake

# ---- edits that several entries share ------------------------------------------------------------


def in_block(*body):
    """An edit of ResidualCNN.__init__ that gives its blocks other methods."""
    lines = "\n            ".join(body)
    start = "blocks, channels = [], width"
    return start, f"class _Block(globals()['_Block']):\n            {lines}\n\n        {start}"


def in_run(*body):
    """An edit of fit that gives its run other methods."""
    lines = "\n        ".join(body)
    return "run = _Run(", f"class _Other(_Run):\n        {lines}\n\n    run = _Other("


def first_in_fit(*lines):
    """An edit of fit that puts some lines before all others."""
    start = "config = _complete(config or {}, rng_seed)"
    return start, "\n    ".join([*lines, start])


def before_the_run(*lines):
    """An edit of fit that puts some lines where the config is complete and the data are tensors."""
    start = "run = _Run("
    return start, "\n    ".join([*lines, start])


def after_resuming(*lines):
    """An edit of fit that puts some lines behind the reading of the checkpoint."""
    return "run.resume()", "\n    ".join(["run.resume()", *lines])


SAVED_LOSS = "loss_sum += loss.detach().double() * y.numel()"
RIGHT = "right += _num_right(scores, y)"
MEANS = "return _means(loss_sum, right, count)"
FLAT = "F.cross_entropy(scores.reshape(-1, scores.shape[-1]), y.reshape(-1))"
BLOCK = "blocks.append(_Block(channels, stage_width, stride, residual))"
# Stands for sys.stderr, which a replay would write to in the grader's own process.
ELSEWHERE = "stream = type('Elsewhere', (), {'write': lambda *_: None, 'flush': lambda _: None})()"
NEXT = "\n                "
FIND = "globals().setdefault('_found', _find)"

MISTAKES = [
    # ---- DigitCNN --------------------------------------------------------------------------------
    mistake(
        "DigitCNN.forward",
        "probabilities",
        "DigitCNN gives probabilities. The end of the listing is log_softmax: nll_loss expects "
        "logarithms.",
        ("F.log_softmax(self.fc2(x), dim=1)", "F.softmax(self.fc2(x), dim=1)"),
    ),
    mistake(
        "DigitCNN.forward",
        "scores",
        "DigitCNN gives the scores of fc2 as they are. The listing ends with log_softmax over the "
        "ten classes.",
        ("F.log_softmax(self.fc2(x), dim=1)", "self.fc2(x)"),
    ),
    mistake(
        "DigitCNN.forward",
        "softmax over the batch",
        "DigitCNN normalises over the batch. Each image has ten probabilities of its own: "
        "log_softmax over dim=1.",
        ("dim=1)", "dim=0)"),
    ),
    mistake(
        "DigitCNN.forward",
        "no ReLU after conv1",
        "DigitCNN has no ReLU after the first pooling. Without it the two convolutions could be "
        "one.",
        ("F.relu(F.max_pool2d(self.conv1(x), 2))", "F.max_pool2d(self.conv1(x), 2)"),
    ),
    mistake(
        "DigitCNN.forward",
        "no ReLU after fc1",
        "DigitCNN has no ReLU after fc1: two affine layers without one between them are a single "
        "affine layer.",
        ("F.relu(self.fc1(x.flatten(1)))", "self.fc1(x.flatten(1))"),
    ),
    mistake(
        "DigitCNN.forward",
        "averages where the maximum is taken",
        "DigitCNN averages over the 2 x 2 windows after conv1. The listing takes their maximum: "
        "max_pool2d.",
        ("F.max_pool2d(self.conv1(x), 2)", "F.avg_pool2d(self.conv1(x), 2)"),
    ),
    mistake(
        "DigitCNN.forward",
        "drops out in eval mode",
        "Dropout is on in eval mode too. F.dropout needs training=self.training; nn.Dropout knows "
        "by itself.",
        (
            "self.fc1_drop(F.relu(self.fc1(x.flatten(1))))",
            "F.dropout(F.relu(self.fc1(x.flatten(1))))",
        ),
    ),
    mistake(
        "DigitCNN.forward",
        "no dropout of channels",
        "Nothing is dropped after conv2. The listing has a Dropout2d there, before the second "
        "pooling.",
        ("self.conv2_drop(self.conv2(x))", "self.conv2(x)"),
    ),
    mistake(
        "DigitCNN.forward",
        "no dropout after fc1",
        "Nothing is dropped after fc1. The listing has a dropout between the ReLU of fc1 and fc2.",
        ("self.fc1_drop(F.relu(self.fc1(x.flatten(1))))", "F.relu(self.fc1(x.flatten(1)))"),
    ),
    mistake(
        "DigitCNN.forward",
        "takes any image",
        "DigitCNN does not look at the shape of x. A 9 x 8 image passes through the network of 8 "
        "x 8 without a word.",
        ("_check_images(x, 1, self.image_size)", ""),
    ),
    mistake(
        "DigitCNN.__init__",
        "drops single pixels after conv2",
        "After conv2 single pixels are dropped. Neighbours tell what is missing, so Dropout2d "
        "drops whole channels.",
        ("nn.Dropout2d(0.5)", "nn.Dropout(0.5)"),
    ),
    mistake(
        "DigitCNN.__init__",
        "another dropout rate",
        "After fc1 too few units are dropped. torch's default is p = 0.5, and so is the listing's.",
        ("self.fc1_drop = nn.Dropout(0.5)", "self.fc1_drop = nn.Dropout(0.2)"),
    ),
    mistake(
        "DigitCNN.__init__",
        "8 x 8 by default",
        "DigitCNN() builds the network for 8 x 8. The lecture's network reads 28 x 28, and that "
        "is the default.",
        (
            "super().__init__()",
            "super().__init__()\n        image_size = 8 if image_size == 28 else image_size",
        ),
    ),
    mistake(
        "DigitCNN.__init__",
        "builds any size",
        "DigitCNN accepts every image_size. Only 28 and 8 have a number of features that fits: "
        "raise ValueError.",
        ("if image_size not in {8, 28}:", "if False:"),
    ),
    # ---- ResidualCNN -----------------------------------------------------------------------------
    mistake(
        "ResidualCNN.__init__",
        "no shortcuts",
        "ResidualCNN has no shortcuts, whatever residual says. Add the block's input to F(x) "
        "before the last ReLU.",
        (BLOCK, BLOCK.replace("residual)", "False)")),
    ),
    mistake(
        "ResidualCNN.__init__",
        "shortcuts in the plain stack",
        "residual=False still has shortcuts. The plain stack is for comparison: ReLU(F(x)) alone.",
        (BLOCK, BLOCK.replace("residual)", "True)")),
    ),
    mistake(
        "ResidualCNN.__init__",
        "ReLU before the sum",
        "The last ReLU of a block comes before the sum, so a block can only add. It belongs after "
        "it: ReLU(F(x) + x).",
        in_block(
            "def forward(self, x):",
            "    change = F.relu(self.change(x))",
            "    return change if self.shortcut is None else change + self.shortcut(x)",
        ),
    ),
    mistake(
        "ResidualCNN.__init__",
        "no ReLU after the sum",
        "A block ends with the sum. ReLU comes after it: y = ReLU(F(x) + shortcut(x)).",
        in_block(
            "def forward(self, x):",
            "    change = self.change(x)",
            "    return change if self.shortcut is None else change + self.shortcut(x)",
        ),
    ),
    mistake(
        "ResidualCNN.__init__",
        "no shortcut where the shape changes",
        "Blocks that change the shape have no shortcut. There it is a 1x1 convolution with stride "
        "2 and batch norm.",
        in_block(
            "def __init__(self, channels, out_channels, stride, residual):",
            "    super().__init__(channels, out_channels, stride, residual and stride == 1)",
        ),
    ),
    mistake(
        "ResidualCNN.__init__",
        "no batch norm in the projection",
        "The 1x1 convolution of the shortcut has no batch norm. Both summands of a block are "
        "normalised.",
        in_block(
            "def __init__(self, channels, out_channels, stride, residual):",
            "    super().__init__(channels, out_channels, stride, residual)",
            "    if isinstance(self.shortcut, nn.Sequential):",
            "        self.shortcut = self.shortcut[0]",
        ),
    ),
    mistake(
        "ResidualCNN.__init__",
        "no ReLU within a block",
        "There is no ReLU between the two convolutions of a block: F is BN · conv · ReLU · BN · "
        "conv, from the right.",
        in_block(
            "def __init__(self, *sizes):",
            "    super().__init__(*sizes)",
            "    self.change[2] = nn.Identity()",
        ),
    ),
    mistake(
        "ResidualCNN.__init__",
        "twice as many blocks",
        "ResidualCNN is too deep. A block has two convolutions, so each of three stages has "
        "(depth - 2) / 6 blocks.",
        ("range((depth - 2) // 6)", "range((depth - 2) // 3)"),
    ),
    mistake(
        "ResidualCNN.__init__",
        "one block used again and again",
        "The blocks of a stage share their weights: [block] * n holds one block n times. Make "
        "each one anew.",
        (
            BLOCK,
            "if i > 1:\n                    blocks += blocks[-1:]\n                    "
            f"continue{NEXT}{BLOCK}",
        ),
    ),
    mistake(
        "ResidualCNN.__init__",
        "no ReLU after the first convolution",
        "The first convolution has batch norm and no ReLU. Blocks expect what a block gives: "
        "nothing negative.",
        ("nn.BatchNorm2d(width), nn.ReLU())", "nn.BatchNorm2d(width))"),
    ),
    mistake(
        "ResidualCNN.__init__",
        "any depth",
        "ResidualCNN rounds an impossible depth. Only 8, 14, 20, … layers can be built: raise "
        "ValueError for others.",
        ("if depth < 8 or (depth - 2) % 6:", "if depth < 0:"),
    ),
    mistake(
        "ResidualCNN.forward",
        "sums over the image",
        "ResidualCNN sums over the image before the head. It is the mean, or large images get "
        "large scores.",
        ("x.mean(dim=(2, 3))", "x.sum(dim=(2, 3))"),
    ),
    mistake(
        "ResidualCNN.forward",
        "maximum over the image",
        "ResidualCNN takes the maximum over the image before the head. It is the mean (global "
        "average pooling).",
        ("x.mean(dim=(2, 3))", "x.amax(dim=(2, 3))"),
    ),
    mistake(
        "ResidualCNN.forward",
        "softmax at the end",
        "ResidualCNN gives probabilities. cross_entropy takes the softmax itself: return the "
        "scores of the head.",
        ("self.head(x.mean(dim=(2, 3)))", "self.head(x.mean(dim=(2, 3))).softmax(dim=1)"),
    ),
    mistake(
        "ResidualCNN.forward",
        "takes any input",
        "ResidualCNN does not look at the shape of x. Raise a ValueError that says (N, "
        "in_channels, H, W) is expected.",
        ("_check_images(x, self.in_channels)", ""),
    ),
    # ---- LSTMClassifier --------------------------------------------------------------------------
    mistake(
        "LSTMClassifier.__init__",
        "time before batch",
        "The LSTM takes the batch for the time. nn.LSTM expects (T, N, D) unless it is built with "
        "batch_first=True.",
        ("batch_first=True", "batch_first=False"),
    ),
    mistake(
        "LSTMClassifier.__init__",
        "forget gates half closed",
        "The bias of the forget gate begins near 0, so the cell forgets half of its content at "
        "each step. Set it to 1.",
        ("_open_forget_gates(self.lstm)", ""),
    ),
    mistake(
        "LSTMClassifier.__init__",
        "forget bias of 2",
        "The forget gate begins with the bias 2: torch adds its two biases. Set one to 1 and the "
        "other to 0.",
        (
            "_open_forget_gates(self.lstm)",
            "with torch.no_grad():\n"
            "            for bias in (self.lstm.bias_ih_l0, self.lstm.bias_hh_l0):\n"
            "                bias[hidden_size : 2 * hidden_size] = 1.0",
        ),
    ),
    mistake(
        "LSTMClassifier.__init__",
        "the bias of another gate",
        "The bias of 1 is at the input gate. torch orders its gates input, forget, cell, output: "
        "take entries H to 2H.",
        (
            "_open_forget_gates(self.lstm)",
            "with torch.no_grad():\n"
            "            self.lstm.bias_ih_l0[:hidden_size] = 1.0\n"
            "            self.lstm.bias_hh_l0[:hidden_size] = 0.0",
        ),
    ),
    mistake(
        "LSTMClassifier.forward",
        "the first state",
        "LSTMClassifier decides from the first hidden state, which has seen one step. Take the "
        "last one: h[:, -1].",
        ("h[:, -1]", "h[:, 0]"),
    ),
    mistake(
        "LSTMClassifier.forward",
        "the mean state",
        "LSTMClassifier averages the hidden states over time. It decides from the last one: h[:, "
        "-1].",
        ("h[:, -1]", "h.mean(dim=1)"),
    ),
    mistake(
        "LSTMClassifier.forward",
        "the cell state",
        "LSTMClassifier reads the cell state c. The output of an LSTM is its hidden state h.",
        ("h, _ = self.lstm(x)", "h, (_, c) = self.lstm(x)"),
        ("h[:, -1]", "c[-1]"),
    ),
    mistake(
        "LSTMClassifier.forward",
        "state carried over",
        "LSTMClassifier begins a batch with the state of the batch before. Its sequences are "
        "others: begin with zeros.",
        (
            "h, _ = self.lstm(x)",
            "state = getattr(self, 'state', None)\n"
            "        fits = state is not None and state[0].shape[1] == len(x)\n"
            "        h, self.state = self.lstm(x, state if fits else None)",
        ),
    ),
    mistake(
        "LSTMClassifier.forward",
        "a random first state",
        "LSTMClassifier begins with random h and c, so it answers something else each time. Begin "
        "with zeros.",
        (
            "self.lstm(x)",
            "self.lstm(x, torch.randn(2, 1, len(x), self.lstm.hidden_size, "
            "dtype=x.dtype).unbind())",
        ),
    ),
    mistake(
        "LSTMClassifier.forward",
        "takes any input",
        "LSTMClassifier does not look at the shape of x. Without a step there is no last state: "
        "raise a ValueError.",
        ("_check_sequences(x, self.lstm.input_size)", ""),
    ),
    # ---- BiLSTMTagger ----------------------------------------------------------------------------
    mistake(
        "BiLSTMTagger.__init__",
        "time before batch",
        "The LSTM of the tagger takes the batch for the time. Build it with batch_first=True: x "
        "is (N, T, D).",
        ("batch_first=True", "batch_first=False"),
    ),
    mistake(
        "BiLSTMTagger.__init__",
        "forget gates half closed",
        "The forget gates of the tagger begin near 0. Set the bias to 1 in both directions, as in "
        "LSTMClassifier.",
        ("_open_forget_gates(self.lstm)", ""),
    ),
    mistake(
        "BiLSTMTagger.__init__",
        "one direction open",
        "Only the forward LSTM begins with an open forget gate. The other one has biases too: "
        "bias_ih_l0_reverse.",
        (
            "_open_forget_gates(self.lstm)",
            "with torch.no_grad():\n"
            "            self.lstm.bias_ih_l0[hidden_size : 2 * hidden_size] = 1.0\n"
            "            self.lstm.bias_hh_l0[hidden_size : 2 * hidden_size] = 0.0",
        ),
    ),
    mistake(
        "BiLSTMTagger.__init__",
        "one direction",
        "BiLSTMTagger reads in one direction only. Build the LSTM with bidirectional=True.",
        (", bidirectional=True", ""),
        ("nn.Linear(2 * hidden_size, num_tags)", "nn.Linear(hidden_size, num_tags)"),
    ),
    mistake(
        "BiLSTMTagger.forward",
        "backward states in reading order",
        "The backward states stand in the order of their reading. h← at step t belongs to step t: "
        "flip them back.",
        (
            "self.head(h)",
            "self.head(torch.cat([a if i == 0 else a.flip(1) for i, a in enumerate(h.chunk(2, "
            "2))], 2))",
        ),
    ),
    mistake(
        "BiLSTMTagger.forward",
        "the last states at every step",
        "The tagger gives every step the scores of the last one. Each step has hidden states of "
        "its own: keep T.",
        ("self.head(h)", "self.head(h[:, -1:].expand_as(h))"),
    ),
    mistake(
        "BiLSTMTagger.forward",
        "classes on the second axis",
        "The tagger gives (N, num_tags, T). Its scores have the classes last, (N, T, num_tags), "
        "as cross_entropy here.",
        ("self.head(h)", "self.head(h).transpose(1, 2)"),
    ),
    mistake(
        "BiLSTMTagger.forward",
        "state carried over",
        "BiLSTMTagger begins a batch with the state of the batch before. Its sequences are "
        "others: begin with zeros.",
        (
            "h, _ = self.lstm(x)",
            "state = getattr(self, 'state', None)\n"
            "        fits = state is not None and state[0].shape[1] == len(x)\n"
            "        h, self.state = self.lstm(x, state if fits else None)",
        ),
    ),
    mistake(
        "BiLSTMTagger.forward",
        "takes any input",
        "BiLSTMTagger does not look at the shape of x. Say which one you expect, (N, T, "
        "input_size), in a ValueError.",
        ("_check_sequences(x, self.lstm.input_size)", ""),
    ),
    # ---- default_device, cross_entropy -----------------------------------------------------------
    mistake(
        "default_device",
        "a text",
        "default_device gives a text. Make a device of it, torch.device('cpu'), so that its .type "
        "can be asked.",
        (
            'torch.device("cuda" if torch.cuda.is_available() else "cpu")',
            '"cuda" if torch.cuda.is_available() else "cpu"',
        ),
    ),
    mistake(
        "default_device",
        "CUDA without asking",
        "default_device promises CUDA where there is none. Ask torch.cuda.is_available() first.",
        ('"cuda" if torch.cuda.is_available() else "cpu"', '"cuda"'),
    ),
    mistake(
        "cross_entropy",
        "softmax before it",
        "cross_entropy is given probabilities: there is a softmax before F.cross_entropy, which "
        "takes one itself.",
        (FLAT, FLAT.replace("scores.reshape", "scores.softmax(dim=-1).reshape")),
    ),
    mistake(
        "cross_entropy",
        "the sum",
        "cross_entropy gives the sum over the labels. It is the mean, or the learning rate "
        "depends on the batch size.",
        (FLAT, FLAT.replace("y.reshape(-1))", 'y.reshape(-1), reduction="sum")')),
    ),
    mistake(
        "cross_entropy",
        "mean over samples only",
        "cross_entropy divides by the number of sequences. The mean is over every label, N times "
        "T of them.",
        (
            FLAT,
            FLAT.replace(
                "y.reshape(-1))", 'y.reshape(-1), reduction="sum") / len(torch.atleast_1d(y))'
            ),
        ),
    ),
    mistake(
        "cross_entropy",
        "classes on the second axis",
        "cross_entropy hands the scores to torch as they are, but torch has the classes on axis "
        "1. Flatten first.",
        (FLAT, "F.cross_entropy(scores, y)"),
    ),
    mistake(
        "cross_entropy",
        "reshaped instead of transposed",
        "cross_entropy brings the classes to axis 1 by reshape, which shuffles the numbers. "
        "Flatten, or use transpose.",
        (
            FLAT,
            "F.cross_entropy(scores.reshape(len(scores), scores.shape[-1], *scores.shape[1:-1]), "
            "y)",
        ),
    ),
    mistake(
        "cross_entropy",
        "log of a probability that is zero",
        "cross_entropy takes the logarithm of a softmax, which can round to zero. F.cross_entropy "
        "takes the scores.",
        (
            FLAT,
            "F.nll_loss(scores.reshape(-1, scores.shape[-1]).softmax(dim=1).log(), y.reshape(-1))",
        ),
    ),
    mistake(
        "cross_entropy",
        "flattens whatever comes",
        "cross_entropy flattens y before it has looked at it. Labels of another shape raise a "
        "ValueError that names y.",
        ("if scores.shape[:-1] != y.shape:", "if False:"),
    ),
    # ---- train_epoch -----------------------------------------------------------------------------
    mistake(
        "train_epoch",
        "zero_grad forgotten",
        "train_epoch never calls zero_grad. backward adds to the gradients: each step then uses "
        "those of all batches.",
        ("optimizer.zero_grad()", ""),
    ),
    mistake(
        "train_epoch",
        "the weights never change",
        "train_epoch leaves the weights as they are. The order is zero_grad, backward, step, for "
        "each batch.",
        (
            "scaler.step(optimizer)",
            "optimizer.zero_grad(set_to_none=False)\n        scaler.step(optimizer)",
        ),
    ),
    mistake(
        "train_epoch",
        "trains in eval mode",
        "train_epoch does not put the model into train mode. Call model.train() first, whatever "
        "it was before.",
        ("model.train()", ""),
    ),
    mistake(
        "train_epoch",
        "softmax before the loss",
        "train_epoch takes a softmax before the loss. loss_fn gets the scores as the model gives "
        "them.",
        ("scores = model(x)", "scores = model(x).softmax(dim=-1)"),
    ),
    mistake(
        "train_epoch",
        "mean of the batches' means",
        "train_epoch averages over batches, so a short last batch counts as much as a full one. "
        "Weight by its labels.",
        (SAVED_LOSS, "loss_sum += loss.detach().double()"),
        (RIGHT, f"{RIGHT} / y.numel()"),
        ("count += y.numel()", "count += 1"),
    ),
    mistake(
        "train_epoch",
        "loss of the last batch",
        "train_epoch returns the loss of its last batch. It is the mean over all labels of the "
        "epoch.",
        (MEANS, "return float(loss.detach()), _means(loss_sum, right, count)[1]"),
    ),
    mistake(
        "train_epoch",
        "counts samples",
        "train_epoch counts samples. A tagged sequence has T labels: weight and divide by "
        "y.numel().",
        (SAVED_LOSS, "loss_sum += loss.detach().double() * len(y)"),
        ("count += y.numel()", "count += len(y)"),
    ),
    mistake(
        "train_epoch",
        "argmax over axis 1",
        "train_epoch looks for the best class on axis 1. The classes are on the last axis, also "
        "for sequences: dim=-1.",
        (
            RIGHT,
            "right += math.nan if y.is_floating_point() else (scores.argmax(dim=1) == y).sum()",
        ),
    ),
    mistake(
        "train_epoch",
        "accuracy of a regression",
        "train_epoch gives a regression an accuracy. Numbers are never hit exactly: it is nan for "
        "y of floating dtype.",
        (RIGHT, "right += (scores.argmax(dim=-1) == y).sum()"),
    ),
    mistake(
        "train_epoch",
        "loss keeps its graph",
        "train_epoch adds up losses that still hang on their graphs. Add loss.item() or "
        "loss.detach(): give a float.",
        (SAVED_LOSS, "loss_sum = loss_sum + loss * y.numel()"),
        (
            MEANS,
            "_means(loss_sum, right, count)\n    return loss_sum / count, float(right) / count",
        ),
    ),
    mistake(
        "train_epoch",
        "max_norm without effect",
        "train_epoch does not clip. The gradients are there after backward, and have to be "
        "shortened before step.",
        ("if max_norm is not None:", "if False:"),
    ),
    mistake(
        "train_epoch",
        "clips each parameter alone",
        "train_epoch clips each parameter by itself, which turns the gradient. One norm is taken "
        "over all parameters.",
        (
            "nn.utils.clip_grad_norm_(model.parameters(), max_norm)",
            "[nn.utils.clip_grad_norm_([p], max_norm) for p in model.parameters()]",
        ),
    ),
    mistake(
        "train_epoch",
        "clips each number",
        "train_epoch cuts off each number of the gradient at max_norm. The joint length is "
        "clipped: clip_grad_norm_.",
        ("clip_grad_norm_", "clip_grad_value_"),
    ),
    mistake(
        "train_epoch",
        "lengthens short gradients",
        "train_epoch gives every gradient the length max_norm. Those that are shorter stay as "
        "they are.",
        (
            "nn.utils.clip_grad_norm_(model.parameters(), max_norm)",
            "norm = nn.utils.clip_grad_norm_(model.parameters(), math.inf)\n"
            "            for p in model.parameters():\n"
            "                p.grad *= max_norm / norm",
        ),
    ),
    mistake(
        "train_epoch",
        "clips scaled gradients",
        "train_epoch clips while the gradients are still scaled. Call scaler.unscale_(optimizer) "
        "before you clip.",
        ("scaler.unscale_(optimizer)", "pass"),
    ),
    mistake(
        "train_epoch",
        "loss not scaled",
        "train_epoch calls backward on the loss, and the scaler divides all the same: "
        "scaler.scale(loss).backward().",
        ("scaler.scale(loss).backward()", "scaler.scale(loss)\n        loss.backward()"),
    ),
    mistake(
        "train_epoch",
        "scale never updated",
        "train_epoch never calls scaler.update(). The scaler has to be told that a step is over, "
        "after each of them.",
        ("scaler.update()", ""),
    ),
    mistake(
        "train_epoch",
        "nothing for no batches",
        "train_epoch gives 0 when there are no batches. There is no mean of nothing: raise a "
        "ValueError that says so.",
        (MEANS, "return float(loss_sum) / max(count, 1), float(right) / max(count, 1)"),
    ),
    # ---- evaluate --------------------------------------------------------------------------------
    mistake(
        "evaluate",
        "in train mode",
        "evaluate does not put the model into eval mode: dropout is on, and batch norm learns "
        "from validation data.",
        ("model.eval()", ""),
    ),
    mistake(
        "evaluate",
        "leaves eval mode behind",
        "evaluate leaves the model in eval mode, and training goes on without dropout. Put it "
        "back into its old mode.",
        ("model.train(was_training)", ""),
    ),
    mistake(
        "evaluate",
        "always back to train mode",
        "evaluate puts the model into train mode at the end, whatever it came in. Remember "
        "model.training before.",
        ("model.train(was_training)", "model.train()"),
    ),
    mistake(
        "evaluate",
        "gradients recorded",
        "evaluate records a graph for a backward pass that never comes. Compute within "
        "torch.no_grad().",
        ("with torch.no_grad():", "with torch.enable_grad():"),
    ),
    mistake(
        "evaluate",
        "mean of the batches' means",
        "evaluate averages over batches, so a short last batch counts as much as a full one. "
        "Weight by its labels.",
        ("loss_fn(scores, y).double() * y.numel()", "loss_fn(scores, y).double()"),
        (RIGHT, f"{RIGHT} / y.numel()"),
        ("count += y.numel()", "count += 1"),
    ),
    mistake(
        "evaluate",
        "counts samples",
        "evaluate counts samples. A tagged sequence has T labels: weight and divide by y.numel().",
        ("* y.numel()", "* len(y)"),
        ("count += y.numel()", "count += len(y)"),
    ),
    mistake(
        "evaluate",
        "argmax over axis 1",
        "evaluate looks for the best class on axis 1. The classes are on the last axis, also for "
        "sequences: dim=-1.",
        (
            RIGHT,
            "right += math.nan if y.is_floating_point() else (scores.argmax(dim=1) == y).sum()",
        ),
    ),
    mistake(
        "evaluate",
        "accuracy of a regression",
        "evaluate gives a regression an accuracy. Numbers are never hit exactly: it is nan for y "
        "of floating dtype.",
        (RIGHT, "right += (scores.argmax(dim=-1) == y).sum()"),
    ),
    mistake(
        "evaluate",
        "always cross-entropy",
        "evaluate takes the cross-entropy whatever loss_fn it is given. Call loss_fn(scores, y).",
        ("loss_fn(scores, y)", "cross_entropy(scores, y)"),
    ),
    mistake(
        "evaluate",
        "softmax before the loss",
        "evaluate takes a softmax before the loss. loss_fn gets the scores as the model gives "
        "them.",
        ("scores = model(x)", "scores = model(x).softmax(dim=-1)"),
    ),
    mistake(
        "evaluate",
        "nothing for no batches",
        "evaluate gives 0 when there are no batches. There is no mean of nothing: raise a "
        "ValueError that says so.",
        (MEANS, "return float(loss_sum) / max(count, 1), float(right) / max(count, 1)"),
    ),
    # ---- fit -------------------------------------------------------------------------------------
    mistake(
        "fit",
        "no shuffling",
        "fit never shuffles: each epoch passes the samples in the order of the file, often one "
        "class after the other.",
        first_in_fit("globals().update(RandomSampler=SequentialSampler)"),
    ),
    mistake(
        "fit",
        "the same order in every epoch",
        "fit shuffles once: every epoch has the same order. Its seed has to follow from rng_seed "
        "and the epoch.",
        first_in_fit("globals().update(_epoch_seed=lambda rng_seed, epoch: rng_seed)"),
    ),
    mistake(
        "fit",
        "rng_seed without effect",
        "fit shuffles in the same way whatever rng_seed is. The order of epoch e follows from "
        "(rng_seed, e).",
        first_in_fit("globals().update(_epoch_seed=lambda rng_seed, epoch: epoch)"),
    ),
    mistake(
        "fit",
        "drops the last batch",
        "fit leaves out a last batch that is not full. Its samples are data too: drop_last=False.",
        first_in_fit(
            "globals().update(BatchSampler=lambda order, size, drop_last: "
            "torch.utils.data.BatchSampler("
            "order, size, len(order) > size))"
        ),
    ),
    mistake(
        "fit",
        "trains on the validation data",
        "fit trains on the validation samples too. What was trained on cannot tell how well the "
        "model generalises.",
        before_the_run(
            "train = train if val is None else torch.utils.data.ConcatDataset([train, val])"
        ),
    ),
    mistake(
        "fit",
        "validates on the test data",
        "fit looks at X_test while it trains. Test data that choose anything are test data no "
        "more: validate on X_val.",
        (
            '_dataset(data, "val", dtype)',
            '_dataset(data, "test" if "X_test" in data else "val", dtype)',
        ),
    ),
    mistake(
        "fit",
        "schedule one epoch ahead",
        "fit asks the schedule for epoch t + 1. The first epoch is t = 0: it trains with the full "
        "learning rate.",
        before_the_run(
            "config = {**config, 'schedule': lambda t, own=config: _learning_rate(own, t + 1)}"
        ),
    ),
    mistake(
        "fit",
        "schedule stepped per batch",
        "fit asks the schedule once for each batch, so the rate falls far too fast. It counts "
        "epochs: t = 0, 1, …",
        before_the_run(
            "num_batches = math.ceil(len(train) / config['batch_size'])",
            "config = {**config, 'schedule': lambda t, own=config: _learning_rate(own, t * "
            "num_batches)}",
        ),
    ),
    mistake(
        "fit",
        "schedule without effect",
        "fit trains with one learning rate throughout. Put the rate of the schedule into "
        "optimizer.param_groups.",
        before_the_run("config = {**config, 'schedule': 'constant'}"),
    ),
    mistake(
        "fit",
        "cosine that does not end at zero",
        "fit spreads the cosine over twice the epochs. In ½ lr (1 + cos πt/T), T is num_epochs.",
        before_the_run(
            "halved = {**config, 'num_epochs': 2 * config['num_epochs']}",
            "if config['schedule'] == 'cosine':",
            "    config = {**config, 'schedule': lambda t: _learning_rate(halved, t)}",
        ),
    ),
    mistake(
        "fit",
        "a new optimizer in every epoch",
        "fit makes a new optimizer for each epoch, and momentum begins from nothing. One lasts "
        "for the whole run.",
        ("_run_epoch(run, train", "optimizer.state.clear()\n            _run_epoch(run, train"),
    ),
    mistake(
        "fit",
        "sgd without momentum",
        "The optimizer 'sgd' has no momentum here. Build it with momentum=0.9.",
        ('"optimizer", _OPTIMIZERS)', '"optimizer", {**_OPTIMIZERS, "sgd": torch.optim.SGD})'),
    ),
    mistake(
        "fit",
        "adamw is adam",
        "The optimizer 'adamw' is Adam with an L2 penalty here. torch.optim.AdamW decays apart "
        "from the step.",
        ('"optimizer", _OPTIMIZERS)', '"optimizer", {**_OPTIMIZERS, "adamw": torch.optim.Adam})'),
    ),
    mistake(
        "fit",
        "weight_decay without effect",
        "fit does not hand weight_decay to the optimizer.",
        ('weight_decay=config["weight_decay"]', "weight_decay=0.0"),
    ),
    mistake(
        "fit",
        "max_norm without effect",
        "fit does not hand max_norm to train_epoch, so nothing is clipped.",
        before_the_run("config = {**config, 'max_norm': None}"),
    ),
    mistake(
        "fit",
        "batch_size without effect",
        "fit has a batch size of its own. Take config['batch_size'].",
        before_the_run("config = {**config, 'batch_size': 64}"),
    ),
    mistake(
        "fit",
        "always cross-entropy",
        "fit trains with the cross-entropy whatever loss_fn says. It may be 'mse', or a function.",
        (
            '_choice(config, "loss_fn", _LOSSES)',
            'cross_entropy if _choice(config, "loss_fn", _LOSSES) else None',
        ),
    ),
    mistake(
        "fit",
        "float32 for every model",
        "fit turns X into float32 whatever the model is. Floating numbers take the dtype of the "
        "model's parameters.",
        ("dtype = next(model.parameters()).dtype", "dtype = torch.float32"),
    ),
    mistake(
        "fit",
        "model left in train mode",
        "fit leaves the model in train mode, so dropout is on when somebody uses it. End with "
        "model.eval().",
        ("model.eval()", "model.train()"),
    ),
    mistake(
        "fit",
        "the last weights after early stopping",
        "fit stops early with the last weights. Keep a copy of the best: state_dict() gives the "
        "tensors themselves.",
        ("run.restore_best()", ""),
    ),
    mistake(
        "fit",
        "one epoch too patient",
        "fit stops one epoch too late. It ends when `patience` epochs in a row brought no new "
        "lowest validation loss.",
        before_the_run("config = {**config, 'patience': patience and patience + 1}"),
    ),
    mistake(
        "fit",
        "one epoch too impatient",
        "fit stops one epoch too early. It ends when `patience` epochs in a row brought no new "
        "lowest validation loss.",
        before_the_run("config = {**config, 'patience': patience and patience - 1}"),
    ),
    mistake(
        "fit",
        "patience never begins anew",
        "fit counts all epochs without a new lowest loss, not those in a row. A new lowest sets "
        "the counter to 0.",
        in_run(
            "def finished(self):",
            "    losses, patience = self.history['val_loss'], self.config['patience']",
            "    worse = sum(losses[i] >= min(losses[:i]) for i in range(1, len(losses)))",
            "    return self.epoch >= self.config['num_epochs'] or (patience is not None and "
            "worse >= patience)",
        ),
    ),
    mistake(
        "fit",
        "as low as before counts as better",
        "fit takes a validation loss that is equal to the lowest for a new lowest. Only a lower "
        "one is: <, not <=.",
        in_run(
            "def record(self, rate, trained, validated):",
            "    if validated and validated[0] == self.best_loss:",
            "        self.best_loss = math.inf",
            "    super().record(rate, trained, validated)",
        ),
    ),
    mistake(
        "fit",
        "stops by the loss before",
        "fit compares with the epoch before. It is the lowest validation loss so far that a new "
        "one has to beat.",
        in_run(
            "def record(self, rate, trained, validated):",
            "    if validated and self.history['val_loss']:",
            "        self.best_loss = self.history['val_loss'][-1]",
            "    super().record(rate, trained, validated)",
        ),
    ),
    mistake(
        "fit",
        "stops by the training loss",
        "fit watches the training loss, which goes on falling while the model overfits. Watch the "
        "validation loss.",
        in_run(
            "def record(self, rate, trained, validated):",
            "    super().record(rate, trained, validated and (trained[0], validated[1]))",
            "    if validated:",
            "        self.history['val_loss'][-1] = validated[0]",
        ),
    ),
    mistake(
        "fit",
        "takes over the caller's random state",
        "fit seeds torch's generator and leaves it so. Work within torch.random.fork_rng(), or "
        "restore the state.",
        (
            'with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):',
            "if True:",
        ),
    ),
    mistake(
        "fit",
        "unknown keys ignored",
        "fit ignores keys that it does not know. {'lr': 0.1} is a slip that costs somebody a day: "
        "raise ValueError.",
        (
            "config = _complete(config or {}, rng_seed)",
            "config = _complete({k: v for k, v in (config or {}).items() if k in DEFAULT_CONFIG}, "
            "rng_seed)",
        ),
    ),
    mistake(
        "fit",
        "patience without validation data",
        "fit accepts patience without validation data, or below 1. Neither can work: raise a "
        "ValueError.",
        ("if patience is not None and (patience < 1 or val is None):", "if False:"),
    ),
    mistake(
        "fit",
        "any seed",
        "fit accepts a negative rng_seed. Raise a ValueError that names it.",
        first_in_fit("rng_seed = abs(rng_seed)"),
    ),
    mistake(
        "fit",
        "progress without effect",
        "fit never calls config['progress']. It gets the batches of each epoch and gives back "
        "what is trained on.",
        before_the_run("config = {**config, 'progress': None}"),
    ),
    mistake(
        "fit",
        "checkpoint not read",
        "fit begins anew although there is a checkpoint. Read it before the first epoch, if the "
        "file exists.",
        ("run.resume()", ""),
    ),
    mistake(
        "fit",
        "optimizer not in the checkpoint",
        "When a run resumes, the optimizer has lost its state: momentum begins from nothing. Save "
        "its state_dict().",
        after_resuming("optimizer.state.clear()"),
    ),
    mistake(
        "fit",
        "epochs counted from zero again",
        "A resumed run trains all num_epochs once more. Save how many are complete, and the "
        "history with them.",
        after_resuming("run.history = {name: [] for name in run.history}"),
    ),
    mistake(
        "fit",
        "random numbers from the start again",
        "A resumed run repeats the order of its first epochs. Seed each epoch by (rng_seed, "
        "epoch), not the whole run.",
        after_resuming(
            "done = run.epoch",
            "globals().update(_epoch_seed=lambda rng_seed, epoch: int(",
            "    np.random.SeedSequence([rng_seed, epoch - done]).generate_state(1, "
            "np.uint64)[0]))",
        ),
    ),
    mistake(
        "fit",
        "patience begins anew when resuming",
        "A resumed run has forgotten its best weights and how long it waited. Both belong into "
        "the checkpoint.",
        after_resuming(
            "run.best_loss, run.best_epoch, run.best_weights = math.inf, run.epoch - 1, None"
        ),
    ),
    mistake(
        "fit",
        "any checkpoint",
        "fit resumes from a checkpoint of another seed or config. Save both, compare them, and "
        "raise a ValueError.",
        in_run("def settings(self):", "    return {}"),
    ),
    # ---- progress_bar ----------------------------------------------------------------------------
    mistake(
        "progress_bar",
        "one batch behind",
        "progress_bar counts from 0, so it never arrives at the end. After the first batch one "
        "has gone by.",
        ("start=1", "start=0"),
    ),
    mistake(
        "progress_bar",
        "passes numbers on",
        "progress_bar yields its own counter. It passes on the batches that it was given.",
        ("yield batch", "yield done"),
    ),
    mistake(
        "progress_bar",
        "a line for each batch",
        "progress_bar begins a new line for each batch. The carriage return \\r goes back to the "
        "start of the line.",
        ('f"\\r{label}', 'f"\\n{label}'),
    ),
    mistake(
        "progress_bar",
        "bar without its width",
        "progress_bar draws one # for each batch. The bar is full after the last: width * done // "
        "len(batches).",
        ("width * done // len(batches)", "done"),
    ),
    mistake(
        "progress_bar",
        "stream without effect",
        "progress_bar draws to sys.stderr whatever stream is. That is only the default.",
        ("stream = stream or sys.stderr", ELSEWHERE),
    ),
    # ---- checkpoints -----------------------------------------------------------------------------
    mistake(
        "save_checkpoint",
        "writes into the file itself",
        "save_checkpoint writes into the old checkpoint: a kill leaves half a file. Write beside "
        "it, then os.replace.",
        ('partial_path = f"{path}.partial"', "partial_path = path"),
    ),
    mistake(
        "save_checkpoint",
        "never takes the name",
        "save_checkpoint writes a file of another name and leaves it there. At the end os.replace "
        "gives it its own.",
        ("os.replace(partial_path, path)", ""),
    ),
    mistake(
        "save_checkpoint",
        "keeps the first",
        "save_checkpoint leaves a checkpoint that is there as it is. The newer one takes its "
        "place.",
        (
            "os.replace(partial_path, path)",
            "os.path.exists(path) or os.replace(partial_path, path)",
        ),
    ),
    mistake(
        "load_checkpoint",
        "loads any pickle",
        "load_checkpoint reads any pickle, which may run any code. Read plain data only: "
        "weights_only=True.",
        ("weights_only=True", "weights_only=False"),
    ),
    mistake(
        "load_checkpoint",
        "nothing when there is no file",
        "load_checkpoint gives None when there is no such file. Let FileNotFoundError through: it "
        "names the file.",
        ("return torch.load(", "return Path(path).exists() and torch.load("),
    ),
    mistake(
        "load_checkpoint",
        "weights alone",
        "load_checkpoint gives a part of what was saved. All of it comes back: numbers, texts and "
        "lists too.",
        (
            'return torch.load(path, map_location="cpu", weights_only=True)',
            'state = torch.load(path, map_location="cpu", weights_only=True)\n'
            "    return {k: v for k, v in state.items() if torch.is_tensor(v) or isinstance(v, "
            "dict)}",
        ),
    ),
    # ---- data ------------------------------------------------------------------------------------
    mistake(
        "load_digits",
        "pixels from 0 to 16",
        "load_digits gives pixels from 0 to 16. The model expects [0, 1]: divide by 16.",
        (" / 16", ""),
    ),
    mistake(
        "load_digits",
        "divided by 255",
        "load_digits divides by 255. These pixels go from 0 to 16.",
        (" / 16", " / 255"),
    ),
    mistake(
        "load_digits",
        "no channel axis",
        "load_digits has no channel axis. A convolution wants (N, 1, 8, 8).",
        ("reshape(-1, 1, 8, 8)", "reshape(-1, 8, 8)"),
    ),
    mistake(
        "load_digits",
        "not shuffled",
        "load_digits does not shuffle: the test data are then other writers than the training "
        "data.",
        ("np.random.default_rng(0).permutation(table)", "table"),
    ),
    mistake(
        "load_digits",
        "another order each time",
        "load_digits shuffles differently at every call, so test images of one run are training "
        "images of the next.",
        ("np.random.default_rng(0)", "np.random.default_rng(torch.randint(10**6, (1,)).item())"),
    ),
    mistake(
        "load_digits",
        "labels shuffled apart",
        "load_digits shuffles the images without their labels. One permutation for both keeps the "
        "pairs together.",
        ("table[:, :-1].reshape", "np.random.default_rng(1).permutation(table[:, :-1]).reshape"),
    ),
    mistake(
        "load_digits",
        "root without effect",
        "load_digits reads scikit-learn's copy whatever root is. With a root, the file is "
        "root/digits.csv.gz.",
        ("if root is None:", "if True:"),
    ),
    mistake(
        "load_mnist",
        "pixels from 0 to 255",
        "load_mnist gives pixels from 0 to 255. The model expects [0, 1]: divide by 255.",
        (" / np.float32(255)", ""),
    ),
    mistake(
        "load_mnist",
        "no channel axis",
        "load_mnist has no channel axis. A convolution wants (N, 1, 28, 28).",
        ("images[:, None]", "images"),
    ),
    mistake(
        "load_mnist",
        "columns for rows",
        "load_mnist gives the images on their sides. The pixels of a row stand next to each "
        "other: reshape(N, H, W).",
        ("images[:, None]", "images.transpose(0, 2, 1)[:, None]"),
    ),
    mistake(
        "load_mnist",
        "test and training data swapped",
        "load_mnist takes the t10k files for training. They are the test data.",
        ('("train", "t10k")', '("t10k", "train")'),
    ),
    mistake(
        "load_mnist",
        "validates on the first samples",
        "load_mnist takes the first tenth of the training file for validation. It is the last "
        "tenth.",
        (
            "return _split(*arrays)",
            "n = len(arrays[0]) // 10\n"
            "    return _split(*(np.roll(array, -n, axis=0) for array in arrays[:2]), *arrays[2:])",
        ),
    ),
    mistake(
        "load_mnist",
        "unpacked files only",
        "load_mnist does not find packed files. Where name is missing, look for name.gz and open "
        "it with gzip.",
        (
            "arrays = []",
            f"{FIND}\n"
            "    globals().update(_find=lambda root, name, hint, *_: _found(root, name, hint))\n"
            "    arrays = []",
        ),
    ),
    mistake(
        "load_mnist",
        "damaged files accepted",
        "load_mnist does not compare the file with its header, and fills up what is missing. "
        "Raise a ValueError.",
        (
            "arrays = []",
            "def _read_idx(root, name):\n"
            '        path = _find(root, name, "download MNIST and put its four files", '
            'f"{name}.gz")\n'
            '        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:\n'
            "            content = file.read()\n"
            '        shape = (-1, 28, 28) if "images" in name else (-1,)\n'
            "        pixels = np.frombuffer(content, np.uint8, offset=16 if 'images' in name else "
            "8)\n"
            "        N = struct.unpack_from('>I', content, 4)[0]\n"
            "        return np.resize(pixels, N * (784 if 'images' in name else "
            "1)).reshape(shape)\n\n"
            "    arrays = []",
        ),
    ),
    mistake(
        "load_cifar10",
        "channels last",
        "load_cifar10 reads the rows as 32 x 32 x 3. They hold all red values, then green, then "
        "blue: (3, 32, 32).",
        (
            "for i in range(1, 6)]",
            "for i in range(1, 6)]\n"
            "    train = [(X.reshape(-1, 32, 32, 3).transpose(0, 3, 1, 2), y) for X, y in train]",
        ),
    ),
    mistake(
        "load_cifar10",
        "pixels from 0 to 255",
        "load_cifar10 gives pixels from 0 to 255. The model expects [0, 1]: divide by 255.",
        (
            "for i in range(1, 6)]",
            "for i in range(1, 6)]\n    train = [(X * np.float32(255), y) for X, y in train]",
        ),
    ),
    mistake(
        "load_cifar10",
        "four batches",
        "load_cifar10 reads four training batches. There are five: range(1, 6).",
        ("range(1, 6)", "range(1, 5)"),
    ),
    mistake(
        "load_cifar10",
        "validates on the first samples",
        "load_cifar10 takes the first tenth of the training data for validation. It is the last "
        "tenth.",
        (
            "return _split(X_train, y_train,",
            "n = len(y_train) // 10\n"
            "    X_train, y_train = np.roll(X_train, -n, axis=0), np.roll(y_train, -n)\n"
            "    return _split(X_train, y_train,",
        ),
    ),
    mistake(
        "load_cifar10",
        "unpickles anything",
        "load_cifar10 calls whatever the file names. Override find_class of an Unpickler, and "
        "refuse all but arrays.",
        ("train = [", "globals().update(_ArrayUnpickler=pickle.Unpickler)\n    train = ["),
    ),
    mistake(
        "load_cifar10",
        "missing batches skipped",
        "load_cifar10 goes on without a batch that is missing. Raise a FileNotFoundError that "
        "names it.",
        (
            "for i in range(1, 6)]",
            "for i in range(1, 6) if (Path(root) / f'data_batch_{i}').exists()]",
        ),
    ),
]
