"""What students get wrong in this assignment. Each entry is an edit of the reference, and what they
should read.
"""

import numpy as np

from grader.feedback import mistake


def conv_backward_with_assignment(dout, cache):
    padded, w, stride, pad = cache
    (_, _, H, W), (_, _, HH, WW) = padded.shape, w.shape
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for n, f, i, j in np.ndindex(*dout.shape):
        window = (
            n,
            slice(None),
            slice(i * stride, i * stride + HH),
            slice(j * stride, j * stride + WW),
        )
        dpadded[window] = dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * padded[window]
    return dpadded[:, :, pad : H - pad, pad : W - pad], dw, dout.sum(axis=(0, 2, 3))


def conv_backward_with_the_last_window(dout, cache):
    padded, w, stride, pad = cache
    (_, _, H, W), (_, _, HH, WW) = padded.shape, w.shape
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for n, f, i, j in np.ndindex(*dout.shape):
        window = (
            n,
            slice(None),
            slice(i * stride, i * stride + HH),
            slice(j * stride, j * stride + WW),
        )
        dpadded[window] += dout[n, f, i, j] * w[f]
        dw[f] = dout[n, f, i, j] * padded[window]
    return dpadded[:, :, pad : H - pad, pad : W - pad], dw, dout.sum(axis=(0, 2, 3))


def conv_backward_without_stride(dout, cache):
    padded, w, _, pad = cache
    (_, _, H, W), (_, _, HH, WW) = padded.shape, w.shape
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for n, f, i, j in np.ndindex(*dout.shape):
        window = n, slice(None), slice(i, i + HH), slice(j, j + WW)
        dpadded[window] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * padded[window]
    return dpadded[:, :, pad : H - pad, pad : W - pad], dw, dout.sum(axis=(0, 2, 3))


MISTAKES = [
    # ---- conv_output_shape -----------------------------------------------------------------------
    mistake(
        "conv_output_shape",
        "rounds up",
        "conv_output_shape rounds up. A window that does not fit whole is dropped: the division "
        "rounds down.",
        (
            '_places("the height of w", HH, H, stride, pad)',
            '_places("the height of w", HH, H + stride - 1, stride, pad)',
        ),
        (
            '_places("the width of w", WW, W, stride, pad)',
            '_places("the width of w", WW, W + stride - 1, stride, pad)',
        ),
    ),
    mistake(
        "conv_output_shape",
        "pads one side only",
        "conv_output_shape counts the padding once. There is a frame on both sides, so the image "
        "grows by 2 pad.",
        (
            '_places("the height of w", HH, H, stride, pad)',
            '_places("the height of w", HH, H - pad, stride, pad)',
        ),
        (
            '_places("the width of w", WW, W, stride, pad)',
            '_places("the width of w", WW, W - pad, stride, pad)',
        ),
    ),
    mistake(
        "conv_output_shape",
        "forgets the 1",
        "conv_output_shape counts the steps. There is one place more than there are steps: 1 + …",
        (
            '_places("the height of w", HH, H, stride, pad)',
            '_places("the height of w", HH, H, stride, pad) - 1',
        ),
        (
            '_places("the width of w", WW, W, stride, pad)',
            '_places("the width of w", WW, W, stride, pad) - 1',
        ),
    ),
    mistake(
        "conv_output_shape",
        "ignores the stride",
        "conv_output_shape does not divide by the stride. With stride 2 there is half as much "
        "room for windows.",
        (
            '_places("the height of w", HH, H, stride, pad)',
            '_places("the height of w", HH, H, 1, pad)',
        ),
        (
            '_places("the width of w", WW, W, stride, pad)',
            '_places("the width of w", WW, W, 1, pad)',
        ),
    ),
    mistake(
        "conv_output_shape",
        "swaps height and width",
        "conv_output_shape gives the width before the height. Images are (N, C, H, W), and so are "
        "outputs.",
        (
            '_places("the height of w", HH, H, stride, pad)',
            '_places("the height of w", WW, W, stride, pad)',
        ),
        (
            '_places("the width of w", WW, W, stride, pad)',
            '_places("the width of w", HH, H, stride, pad)',
        ),
    ),
    mistake(
        "conv_output_shape",
        "keeps the channels of the image",
        "conv_output_shape gives the image's C channels. The output has one channel for each of "
        "the F kernels.",
        ("return N, F,", "return N, C,"),
    ),
    mistake(
        "conv_output_shape",
        "accepts any stride and pad",
        "conv_output_shape computes with a stride of 0 or a negative pad. Raise a ValueError that "
        "names stride or pad.",
        ('_places("the height of w", HH, H, stride, pad)', "1 + (H + 2 * pad - HH) // stride"),
        ('_places("the width of w", WW, W, stride, pad)', "1 + (W + 2 * pad - WW) // stride"),
    ),
    # ---- conv_forward ----------------------------------------------------------------------------
    mistake(
        "conv_forward",
        "flips the kernel",
        "conv_forward turns the kernel by 180 degrees, as mathematicians do. Here w[k, l] meets "
        "x[i + k, j + l].",
        ("_correlate(padded, w, stride)", "_correlate(padded, w[:, :, ::-1, ::-1], stride)"),
    ),
    mistake(
        "conv_forward",
        "transposes the kernel",
        "conv_forward swaps height and width of the kernel. w is (F, C, HH, WW): the third axis "
        "goes down the image.",
        ("_correlate(padded, w, stride)", "_correlate(padded, w.swapaxes(2, 3), stride)"),
    ),
    mistake(
        "conv_forward",
        "swaps height and width of the output",
        "conv_forward gives (N, F, W', H'). Rows come before columns: (N, F, H', W').",
        ("return y,", "return y.swapaxes(2, 3),"),
    ),
    mistake(
        "conv_forward",
        "forgets the bias",
        "conv_forward never adds b.",
        ("y += b[:, None, None]", ""),
    ),
    mistake(
        "conv_forward",
        "adds the bias for every weight",
        "conv_forward adds b inside the sum over the window, once for each weight. Add it once to "
        "each output.",
        ("y += b[:, None, None]", "y += w[0].size * b[:, None, None]"),
    ),
    mistake(
        "conv_forward",
        "takes the mean",
        "conv_forward divides by the size of the window. A convolution is a sum over the window.",
        ("_correlate(padded, w, stride)", "_correlate(padded, w, stride) / w[0].size"),
    ),
    mistake(
        "conv_forward",
        "sees the first channel only",
        "conv_forward looks at the first channel only. Every kernel has a slice for each channel: "
        "sum over c too.",
        ("_correlate(padded, w, stride)", "_correlate(padded[:, :1], w[:, :1], stride)"),
    ),
    mistake(
        "conv_forward",
        "ignores pad",
        "conv_forward does not pad. Put `pad` rows and columns of zeros on each of the four sides "
        "first.",
        ("((0, 0), (0, 0), (pad, pad), (pad, pad))", "((0, 0), (0, 0), (0, 0), (0, 0))"),
    ),
    mistake(
        "conv_forward",
        "pads two sides only",
        "conv_forward pads at the top and on the left only. The frame has four sides.",
        ("((0, 0), (0, 0), (pad, pad), (pad, pad))", "((0, 0), (0, 0), (pad, 0), (pad, 0))"),
    ),
    mistake(
        "conv_forward",
        "pads with the border",
        "conv_forward repeats the border of the image in the frame. The frame holds zeros.",
        (
            "((0, 0), (0, 0), (pad, pad), (pad, pad))",
            '((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge"',
        ),
    ),
    mistake(
        "conv_forward",
        "pads one pixel always",
        "conv_forward has a frame of one pixel written into it. The frame is conv_param's pad, 0 "
        "when it is not there.",
        ("((0, 0), (0, 0), (pad, pad), (pad, pad))", "((0, 0), (0, 0), (1, 1), (1, 1))"),
    ),
    mistake(
        "conv_forward",
        "ignores the stride",
        "conv_forward moves the window by one pixel whatever the stride is. Output i begins at "
        "row i * stride.",
        ("_correlate(padded, w, stride)", "_correlate(padded, w, 1)"),
    ),
    mistake(
        "conv_forward",
        "takes the first windows",
        "conv_forward gives the right number of outputs, but of neighbouring windows: the window "
        "of i begins at "
        "i * stride, not at i.",
        (
            "_correlate(padded, w, stride)",
            "_correlate(padded, w, 1)[:, :, : 1 + (padded.shape[2] - w.shape[2]) // stride, "
            ": 1 + (padded.shape[3] - w.shape[3]) // stride]",
        ),
    ),
    mistake(
        "conv_forward",
        "rounds up",
        "conv_forward computes one window too many where the fit is uneven. What is left over at "
        "the edge is dropped.",
        (
            "((0, 0), (0, 0), (pad, pad), (pad, pad))",
            "((0, 0), (0, 0), (pad, pad + stride - 1), (pad, pad + stride - 1))",
        ),
    ),
    mistake(
        "conv_forward",
        "gives float64 for float32",
        "conv_forward gives float64 for float32 images. Make its array with dtype=x.dtype, or "
        "memory doubles.",
        ("y += b[:, None, None]", "y = y.astype(np.float64) + b[:, None, None]"),
    ),
    mistake(
        "conv_forward",
        "rounds to the dtype of the image",
        "conv_forward rounds to whole numbers when the image holds whole numbers. Make the output "
        "a floating array.",
        ("x = _floating(x)", "dtype = np.asarray(x).dtype\n    x = _floating(x)"),
        ("return y,", "return y.astype(dtype),"),
    ),
    mistake(
        "conv_forward",
        "accepts any b",
        "conv_forward does not look at the shape of b. A b of length one is broadcast by numpy "
        "without a word.",
        ("if b.shape != w.shape[:1]:", "if False:"),
    ),
    mistake(
        "conv_forward",
        "accepts any w",
        "conv_forward does not compare the channels of w and x. A kernel for one channel fits any "
        "image.",
        (
            "conv_output_shape(x.shape, w.shape, conv_param)",
            "w = np.repeat(w, x.shape[1] // w.shape[1], axis=1)",
        ),
    ),
    # ---- conv_backward ---------------------------------------------------------------------------
    mistake(
        "conv_backward",
        "cuts off nothing with pad 0",
        "dx is empty when pad is 0: x[0:-0] is x[0:0]. Cut the frame off with x[pad : pad + H].",
        ("[:, :, pad : H - pad, pad : W - pad]", "[:, :, pad:-pad, pad:-pad]"),
    ),
    mistake(
        "conv_backward",
        "dx keeps the frame",
        "dx still has the frame of zeros. Cut off `pad` rows and columns on each side: dx has the "
        "shape of x.",
        ("dpadded[:, :, pad : H - pad, pad : W - pad]", "dpadded"),
    ),
    mistake(
        "conv_backward",
        "cuts the frame off one side",
        "dx is cut from the wrong place: it begins at the top left corner of the frame. The image "
        "begins at pad.",
        ("[:, :, pad : H - pad, pad : W - pad]", "[:, :, : H - 2 * pad, : W - 2 * pad]"),
    ),
    mistake(
        "conv_backward",
        "overwrites dx where windows overlap",
        "dx is overwritten where windows overlap, and by each kernel. A pixel's gradient is the "
        "sum: use +=.",
        instead=conv_backward_with_assignment,
    ),
    mistake(
        "conv_backward",
        "dw of the last window",
        "dw comes from the last window only. Every place of every image uses the same weights: "
        "add up with +=.",
        instead=conv_backward_with_the_last_window,
    ),
    mistake(
        "conv_backward",
        "ignores the stride",
        "conv_backward looks for the window of output i at row i. With a stride it begins at row "
        "i * stride.",
        instead=conv_backward_without_stride,
    ),
    mistake(
        "conv_backward",
        "does not turn the kernel",
        "dx correlates dout with the kernels as they are. On the way back they are turned by 180 "
        "degrees.",
        ("w[:, :, k, j].T", "w[:, :, HH - 1 - k, WW - 1 - j].T"),
    ),
    mistake(
        "conv_backward",
        "turns the kernel over one axis",
        "dx correlates dout with kernels that are flipped top to bottom only. A turn by 180 "
        "degrees flips both axes.",
        ("w[:, :, k, j].T", "w[:, :, k, WW - 1 - j].T"),
    ),
    mistake(
        "conv_backward",
        "dw of the last image",
        "dw comes from the last image only. Every image of the batch adds to it.",
        ("dw[:, :, k, j] +=", "dw[:, :, k, j] ="),
    ),
    mistake(
        "conv_backward",
        "dw divided by the batch size",
        "dw is divided by the batch size. The 1/N belongs to the loss, which has put it into dout "
        "already.",
        ("return dx, dw,", "return dx, dw / len(dout),"),
    ),
    mistake(
        "conv_backward",
        "db not summed over the pixels",
        "db is summed over the batch only. b is added at every place, so its gradient is the sum "
        "over places too.",
        ("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=0)"),
    ),
    mistake(
        "conv_backward",
        "db not summed over the batch",
        "db still has the batch axis. b is the same for all images: sum over axes 0, 2 and 3.",
        ("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=(2, 3))"),
    ),
    mistake(
        "conv_backward",
        "db is the mean",
        "db is the mean over batch and pixels. b is added at every place: its gradient is the sum.",
        ("dout.sum(axis=(0, 2, 3))", "dout.mean(axis=(0, 2, 3))"),
    ),
    mistake(
        "conv_backward",
        "gradients in another order",
        "conv_backward returns dw before dx. The gradients come in the order of the inputs: dx, "
        "dw, db.",
        ("return dx, dw,", "return dw, dx,"),
    ),
    # ---- max_pool --------------------------------------------------------------------------------
    mistake(
        "max_pool_forward",
        "is the mean",
        "max_pool_forward gives the mean of each window. It should give the largest value.",
        ("return y,", "return avg_pool_forward(x, pool_param)[0],"),
    ),
    mistake(
        "max_pool_forward",
        "is the largest magnitude",
        "max_pool_forward compares magnitudes. The largest value is meant: 1 is larger than -3.",
        ("y = first.copy()", "y = np.abs(first)"),
        ("np.maximum(y, pixel, out=y)", "np.maximum(y, np.abs(pixel), out=y)"),
    ),
    mistake(
        "max_pool_forward",
        "begins at zero",
        "max_pool_forward starts looking for the maximum at 0, so a window of negative values "
        "gives 0. Start at the "
        "first pixel, or at -inf.",
        ("y = first.copy()", "y = np.maximum(first, 0)"),
    ),
    mistake(
        "max_pool_forward",
        "steps by the window",
        "max_pool_forward moves by the height of the window. It moves by the stride, and windows "
        "may overlap.",
        ("_window(pool_param)", "(*_window(pool_param)[:2], pool_param.get('pool_height', 2))"),
    ),
    mistake(
        "max_pool_forward",
        "swaps height and width",
        "max_pool_forward swaps height and width of the window. pool_height goes down the image.",
        ("_window(pool_param)", "(*_window(pool_param)[1::-1], pool_param.get('stride', 2))"),
    ),
    mistake(
        "max_pool_forward",
        "has a 2 x 2 window written in",
        "max_pool_forward always pools 2 x 2. Take the window and the stride from pool_param.",
        ("_window(pool_param)", "_window({})"),
    ),
    mistake(
        "max_pool_forward",
        "rounds up",
        "max_pool_forward computes one window too many where the fit is uneven. What is left over "
        "is dropped.",
        (
            "x, window = _image(x), _window(pool_param)",
            "x, window = _image(x), _window(pool_param)\n"
            "    x = np.pad(x, ((0, 0), (0, 0), *[(0, window[2] - 1)] * 2), "
            "constant_values=-np.inf)",
        ),
    ),
    mistake(
        "max_pool_forward",
        "shrinks a window that is too large",
        "max_pool_forward takes a smaller window where the image is too small. Raise a ValueError "
        "that names "
        "pool_height or pool_width.",
        (
            "x, window = _image(x), _window(pool_param)",
            "x, (HH, WW, stride) = _image(x), _window(pool_param)\n"
            "    window = min(HH, x.shape[2]), min(WW, x.shape[3]), stride",
        ),
    ),
    mistake(
        "max_pool_backward",
        "overwrites where windows overlap",
        "dx is overwritten where windows overlap. A pixel that wins several windows gets the sum: "
        "use +=.",
        ("dpixel += dout * wins", "dpixel[wins] = dout[wins]"),
    ),
    mistake(
        "max_pool_backward",
        "gives every equal pixel the whole gradient",
        "dx gives the whole gradient to each of several equal maxima. Hand each dout out once: to "
        "one, or shared.",
        ("wins = open_windows & (pixel == y)", "wins = pixel == y"),
    ),
    mistake(
        "max_pool_backward",
        "shares among all pixels",
        "dx shares the gradient among all pixels of the window. Only the largest had an influence.",
        ("dpixel += dout * wins", "dpixel += dout / (window[0] * window[1])"),
    ),
    mistake(
        "max_pool_backward",
        "multiplies by the maximum",
        "dx is multiplied by the pixel's value. The slope of a maximum is 1, however large the "
        "pixel is.",
        ("dpixel += dout * wins", "dpixel += dout * wins * pixel"),
    ),
    mistake(
        "max_pool_backward",
        "ignores dout",
        "dx marks the maxima with 1. Multiply by dout: it is what comes down from the loss.",
        ("dpixel += dout * wins", "dpixel += wins"),
    ),
    mistake(
        "max_pool_backward",
        "stays small",
        "dx has the shape of dout. It needs the shape of x, with zeros where the pixel was not "
        "the maximum.",
        ("return dx", "return dout.copy()"),
    ),
    # ---- avg_pool --------------------------------------------------------------------------------
    mistake(
        "avg_pool_forward",
        "is the sum",
        "avg_pool_forward gives the sum of each window. Divide by pool_height * pool_width.",
        ("sum(pixels) / len(pixels)", "sum(pixels)"),
    ),
    mistake(
        "avg_pool_forward",
        "divides by the stride",
        "avg_pool_forward divides by the square of the stride. A mean divides by the number of "
        "pixels in the window.",
        ("sum(pixels) / len(pixels)", "sum(pixels) / window[2] ** 2"),
    ),
    mistake(
        "avg_pool_forward",
        "divides by the image",
        "avg_pool_forward divides by the size of the whole image. A mean divides by the pixels in "
        "the window.",
        ("sum(pixels) / len(pixels)", "sum(pixels) / (x.shape[2] * x.shape[3])"),
    ),
    mistake(
        "avg_pool_forward",
        "is the maximum",
        "avg_pool_forward gives the largest value of each window. It should give the mean.",
        ("sum(pixels) / len(pixels)", "max_pool_forward(x, pool_param)[0]"),
    ),
    mistake(
        "avg_pool_forward",
        "swaps height and width",
        "avg_pool_forward swaps height and width of the window. pool_height goes down the image.",
        ("_window(pool_param)", "(*_window(pool_param)[1::-1], pool_param.get('stride', 2))"),
    ),
    mistake(
        "avg_pool_forward",
        "rounds whole numbers",
        "avg_pool_forward rounds the mean when the image holds whole numbers. Make the output a "
        "floating array.",
        (
            "x, window = _image(x), _window(pool_param)",
            "dtype = np.asarray(x).dtype\n    x, window = _image(x), _window(pool_param)",
        ),
        ("sum(pixels) / len(pixels)", "(sum(pixels) / len(pixels)).astype(dtype)"),
    ),
    mistake(
        "avg_pool_backward",
        "gives each pixel the whole gradient",
        "dx gives every pixel the whole gradient. Each one has a share of 1 / (pool_height * "
        "pool_width).",
        ("dpixel += dout / len(pixels)", "dpixel += dout"),
    ),
    mistake(
        "avg_pool_backward",
        "overwrites where windows overlap",
        "dx of avg_pool_backward is overwritten where windows overlap. A pixel gets a share from "
        "each: use +=.",
        ("dpixel += dout / len(pixels)", "dpixel[...] = dout / len(pixels)"),
    ),
    mistake(
        "avg_pool_backward",
        "divides by the stride",
        "avg_pool_backward divides by the square of the stride. The share is 1 / (pool_height * "
        "pool_width).",
        ("dpixel += dout / len(pixels)", "dpixel += dout / window[2] ** 2"),
    ),
    # ---- global_avg_pool -------------------------------------------------------------------------
    mistake(
        "global_avg_pool_forward",
        "is the sum",
        "global_avg_pool_forward gives the sum over the image. Divide by H * W.",
        ("x.mean(axis=(2, 3))", "x.sum(axis=(2, 3))"),
    ),
    mistake(
        "global_avg_pool_forward",
        "keeps the axes",
        "global_avg_pool_forward gives (N, C, 1, 1). One number per channel has the shape (N, C).",
        ("x.mean(axis=(2, 3))", "x.mean(axis=(2, 3), keepdims=True)"),
    ),
    mistake(
        "global_avg_pool_forward",
        "is the maximum",
        "global_avg_pool_forward gives the largest value of each channel. It should give the mean.",
        ("x.mean(axis=(2, 3))", "x.max(axis=(2, 3))"),
    ),
    mistake(
        "global_avg_pool_forward",
        "averages over the channels",
        "global_avg_pool_forward averages over channels and rows. Average over the image: axes 2 "
        "and 3.",
        ("x.mean(axis=(2, 3))", "x.mean(axis=(1, 2))"),
    ),
    mistake(
        "global_avg_pool_backward",
        "does not divide",
        "dx of global_avg_pool_backward gives every pixel the whole gradient. Each one has a "
        "share of 1 / (H W).",
        ("/ (H * W)", "/ 1"),
    ),
    mistake(
        "global_avg_pool_backward",
        "divides by the rows only",
        "dx of global_avg_pool_backward is divided by H alone. The mean is over H * W pixels.",
        ("/ (H * W)", "/ H"),
    ),
    mistake(
        "global_avg_pool_backward",
        "stays small",
        "dx of global_avg_pool_backward has one pixel. Spread it over the image: dx has the shape "
        "of x.",
        (
            "np.tile(dout.reshape(N, C, 1, 1) / (H * W), (H, W))",
            "dout.reshape(N, C, 1, 1) / (H * W)",
        ),
    ),
    # ---- residual_block --------------------------------------------------------------------------
    mistake(
        "residual_block_forward",
        "ReLU after the sum",
        "The residual block ends with a ReLU. Here it ends with the sum: a negative input can "
        "pass it unchanged.",
        ("return branch + shortcut,", "return np.maximum(branch + shortcut, 0),"),
    ),
    mistake(
        "residual_block_forward",
        "ReLU before the sum",
        "The residual block has a ReLU behind the second convolution, so it can only add. There "
        "is one ReLU, "
        "between the convolutions.",
        ("return branch + shortcut,", "return np.maximum(branch, 0) + shortcut,"),
    ),
    mistake(
        "residual_block_forward",
        "no ReLU",
        "The residual block has no ReLU. Two convolutions in a row are one: put it between them.",
        ("np.maximum(hidden, 0)", "hidden"),
    ),
    mistake(
        "residual_block_forward",
        "no shortcut",
        "The residual block does not add its input. The sum with the shortcut is what makes it "
        "residual.",
        ("return branch + shortcut,", "return branch,"),
    ),
    mistake(
        "residual_block_forward",
        "never projects",
        "The residual block adds x itself although there is a projection. Where the shapes "
        "differ, add "
        "conv(x, w_proj, b_proj).",
        ('if "w_proj" in params:', "if False:"),
    ),
    mistake(
        "residual_block_forward",
        "stride in the wrong places",
        "The residual block has its stride in the wrong places, and the sum does not fit. It "
        "belongs to the first "
        "convolution and to the projection; that of the second convolution is 1.",
        ('{"stride": stride, "pad": 0}', '{"stride": 1, "pad": 0}'),
    ),
    mistake(
        "residual_block_forward",
        "pads one pixel always",
        "The residual block pads by one pixel, which suits 3 x 3 kernels only. For K x K kernels "
        "it is K // 2.",
        ('"pad": w1.shape[2] // 2', '"pad": 1'),
        ('"pad": w2.shape[2] // 2', '"pad": 1'),
    ),
    mistake(
        "residual_block_forward",
        "adds what does not fit",
        "The residual block adds arrays of different shapes: numpy broadcasts one channel to "
        "many. Compare the shapes, "
        "and say that w_proj is missing.",
        ("if branch.shape != shortcut.shape:", "if False:"),
    ),
    mistake(
        "residual_block_backward",
        "forgets the shortcut",
        "dx of the residual block lacks the shortcut. x also reaches the sum directly: add dout "
        "to it.",
        ("return dx + dout, dparams", "return dx, dparams"),
        ("return dx + dshortcut, dparams", "return dx, dparams"),
    ),
    mistake(
        "residual_block_backward",
        "forgets the branch",
        "dx of the residual block has the shortcut only. Both ways lead back to x: add what comes "
        "through conv1.",
        ("return dx + dout, dparams", "return dout.copy(), dparams"),
        ("return dx + dshortcut, dparams", "return dshortcut, dparams"),
    ),
    mistake(
        "residual_block_backward",
        "modifies dout",
        "residual_block_backward adds to dout in place. Write dx = dx + dout: the layer above "
        "still needs its dout.",
        ("return dx + dout, dparams", "dout += dx\n        return dout, dparams"),
    ),
    mistake(
        "residual_block_backward",
        "skips the ReLU",
        "residual_block_backward goes through the two convolutions only. Between them the "
        "gradient stops where ReLU "
        "was off.",
        ("dactive * (hidden > 0)", "dactive"),
    ),
    mistake(
        "residual_block_backward",
        "looks at the gradient for the ReLU",
        "residual_block_backward lets the gradient pass where it is positive itself. It passes "
        "where ReLU's input was "
        "positive.",
        ("dactive * (hidden > 0)", "dactive * (dactive > 0)"),
    ),
    mistake(
        "residual_block_backward",
        "no gradients of the projection",
        "dparams of the residual block lacks w_proj and b_proj. The projection learns as well.",
        ('dshortcut, dparams["w_proj"], dparams["b_proj"] = conv', "dshortcut, _, _ = conv"),
    ),
    # ---- count_parameters ------------------------------------------------------------------------
    mistake(
        "count_parameters",
        "forgets the biases",
        "count_parameters forgets the biases: one for each filter, and one for each unit of an "
        "affine layer.",
        (
            "total += parameters",
            'total += parameters - layer.get("units", layer.get("filters", 0))',
        ),
    ),
    mistake(
        "count_parameters",
        "forgets the channels",
        "count_parameters counts kernel² weights for each filter. A filter has that many for "
        "every channel it sees.",
        (
            "shape, parameters = _apply(layer, shape)",
            "shape, parameters = _apply(layer, shape)\n"
            '            if layer["type"] == "conv":\n'
            '                parameters = layer["filters"] * (layer["kernel"] ** 2 + 1)',
        ),
    ),
    mistake(
        "count_parameters",
        "kernel not squared",
        "count_parameters counts `kernel` weights for each channel. A kernel is kernel x kernel.",
        (
            "shape, parameters = _apply(layer, shape)",
            "C = shape[0]\n"
            "            shape, parameters = _apply(layer, shape)\n"
            '            if layer["type"] == "conv":\n'
            '                parameters = layer["filters"] * (C * layer["kernel"] + 1)',
        ),
    ),
    mistake(
        "count_parameters",
        "pooling changes nothing",
        "count_parameters lets the image through a pooling layer as it is. Pooling has no "
        "parameters, but what follows "
        "sees a smaller image.",
        (
            "for layer in architecture[1:]:",
            'for layer in [other for other in architecture[1:] if other["type"] != "pool"]:',
        ),
    ),
    mistake(
        "count_parameters",
        "ignores pad",
        "count_parameters ignores pad. It adds nothing itself, but the affine layer behind it "
        "sees a larger image.",
        ("_apply(layer, shape)", '_apply({**layer, "pad": 0}, shape)'),
    ),
    mistake(
        "count_parameters",
        "affine sees the channels only",
        "count_parameters gives an affine layer one input per channel. An image is flattened: C * "
        "H * W inputs.",
        (
            "_apply(layer, shape)",
            '_apply(layer, shape[:1] if layer["type"] == "affine" else shape)',
        ),
    ),
    mistake(
        "count_parameters",
        "assumes that pools step by their window",
        "count_parameters moves a pooling window by its size. It moves by its stride, which is 2 "
        "if none is given.",
        (
            "_apply(layer, shape)",
            '_apply({**layer, "stride": layer.get("kernel", 2)} if layer["type"] == "pool" else '
            "layer, shape)",
        ),
    ),
    mistake(
        "count_parameters",
        "passes over unknown layers",
        "count_parameters passes over a layer that it does not know. Raise a ValueError that "
        "names the architecture.",
        (
            "for layer in architecture[1:]:",
            'for layer in [other for other in architecture[1:] if other["type"] in ("conv", '
            '"pool", "affine")]:',
        ),
    ),
    # ---- ConvNet ---------------------------------------------------------------------------------
    mistake(
        "ConvNet.__init__",
        "variance instead of standard deviation",
        "The weights of ConvNet have the standard deviation 2 / fan-in. That is the variance: "
        "take its root.",
        ("np.sqrt(2 / fan_in1)", "2 / fan_in1"),
        ("np.sqrt(2 / fan_in2)", "2 / fan_in2"),
    ),
    mistake(
        "ConvNet.__init__",
        "standard normal weights",
        "The weights of ConvNet are drawn with standard deviation 1. Scale them by the root of 2 "
        "/ fan-in, or the "
        "scores begin large.",
        ("np.sqrt(2 / fan_in1)", "1"),
        ("np.sqrt(2 / fan_in2)", "1"),
    ),
    mistake(
        "ConvNet.__init__",
        "fan-in without the channels",
        "The fan-in of W1 leaves out the channels. A filter sees C * K * K numbers.",
        ("fan_in1, fan_in2 = C * filter_size**2", "fan_in1, fan_in2 = filter_size**2"),
    ),
    mistake(
        "ConvNet.__init__",
        "weights begin at zero",
        "The weights of ConvNet begin at zero. Equal filters get equal gradients and stay equal: "
        "draw them from rng.",
        (
            "rng.normal(0, np.sqrt(2 / fan_in1), (num_filters, C, filter_size, filter_size))",
            "np.zeros((num_filters, C, filter_size, filter_size))",
        ),
        (
            "rng.normal(0, np.sqrt(2 / fan_in2), (fan_in2, num_classes))",
            "np.zeros((fan_in2, num_classes))",
        ),
    ),
    mistake(
        "ConvNet.__init__",
        "forgets the pooling",
        "W2 of ConvNet has a row for every pixel of the image. The pooling halves height and "
        "width before it.",
        ("num_filters * (H // 2) * (W // 2)", "num_filters * H * W"),
    ),
    mistake(
        "ConvNet.__init__",
        "accepts even filters",
        "ConvNet accepts an even filter_size. No frame keeps the size of the image then: raise a "
        "ValueError.",
        ("filter_size % 2 == 0", "False"),
    ),
    mistake(
        "ConvNet._forward",
        "no ReLU",
        "ConvNet has no ReLU behind the convolution.",
        ("np.maximum(hidden, 0)", "hidden"),
    ),
    mistake(
        "ConvNet._forward",
        "flattens the channels last",
        "ConvNet moves the channels to the end before it flattens. W2 belongs to "
        "pooled.reshape(N, -1) as it is.",
        (
            "pooled.reshape(len(X), -1) @ W2",
            "pooled.transpose(0, 2, 3, 1).reshape(len(X), -1) @ W2",
        ),
    ),
    mistake(
        "ConvNet._forward",
        "forgets the second bias",
        "ConvNet never adds b2 to the scores.",
        ("@ W2 + b2", "@ W2"),
    ),
    mistake(
        "ConvNet._forward",
        "does not pad",
        "ConvNet convolves without a frame, so that its image shrinks. The pad is (K - 1) / 2.",
        ('"pad": W1.shape[2] // 2', '"pad": 0'),
    ),
    mistake(
        "ConvNet._forward",
        "pads one pixel always",
        "ConvNet pads by one pixel, which suits 3 x 3 filters only. For K x K filters it is (K - "
        "1) / 2.",
        ('"pad": W1.shape[2] // 2', '"pad": 1'),
    ),
    mistake(
        "ConvNet.loss",
        "loss is the sum",
        "ConvNet.loss is the sum over the batch. It is the mean: divide by N, and so does every "
        "gradient.",
        (
            "return loss, grads",
            "return loss * len(X), {name: len(X) * gradient for name, gradient in grads.items()}",
        ),
    ),
    mistake(
        "ConvNet.loss",
        "gradients without 1/N",
        "The gradients of ConvNet are N times too large: the loss is a mean over the batch, so "
        "dscores has a 1/N.",
        (
            "return loss, grads",
            "return loss, {name: len(X) * gradient for name, gradient in grads.items()}",
        ),
    ),
    mistake(
        "ConvNet.loss",
        "backward skips the ReLU",
        "ConvNet.loss goes back from the pooling to the convolution at once. The gradient stops "
        "where ReLU was off.",
        (" * (hidden > 0)", ""),
    ),
    mistake(
        "ConvNet.loss",
        "b2 gets the mean",
        "The gradient of b2 is the mean over the batch. The 1/N is in dscores already: sum here.",
        ("dscores.sum(axis=0)", "dscores.mean(axis=0)"),
    ),
    mistake(
        "ConvNet.loss",
        "W2 is transposed",
        "The gradient of W2 is transposed. It must have the shape of W2: pooledᵀ dscores.",
        ("pooled.reshape(len(X), -1).T @ dscores", "dscores.T @ pooled.reshape(len(X), -1)"),
    ),
    mistake(
        "ConvNet.loss",
        "no maximum subtracted",
        "ConvNet.loss overflows for large scores: exp(1000) is infinite. Subtract each image's "
        "largest score first.",
        (
            "loss, dscores = _softmax_loss(scores, y)",
            "_softmax_loss(scores, y)\n"
            "        probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)\n"
            "        loss = -np.log(probs[np.arange(len(y)), y]).mean()\n"
            "        dscores = (probs - np.eye(len(self.params['b2']))[y]) / len(y)",
        ),
    ),
    mistake(
        "ConvNet.predict",
        "predicts the smallest score",
        "predict takes the smallest score. The most probable class is the one with the largest.",
        ("argmax(axis=1)", "argmin(axis=1)"),
    ),
    mistake(
        "ConvNet.predict",
        "predicts along the batch",
        "predict looks for the best image of each class. It should give the best class of each "
        "image: use axis 1.",
        ("argmax(axis=1)", "argmax(axis=0)"),
    ),
    mistake(
        "ConvNet.predict",
        "returns the scores",
        "predict returns the scores. It should return one label for each image: the argmax of its "
        "row.",
        (".argmax(axis=1)", ""),
    ),
]
