"""Which of PyTorch's attention kernels a GPU may use."""

import torch


def avoid_cudnn() -> None:
    """Use the other kernels, in the whole process; nothing changes without a GPU.

    From 2.11 on PyTorch prefers cuDNN's on Hopper GPUs. With a mask its backward pass gives NaN
    for some lengths (https://github.com/pytorch/pytorch/issues/196678), which ends a training in
    its first steps, and for each new length, so for every token that is written, it makes a plan
    that takes longer than the model does (docs/log.md).
    """
    torch.backends.cuda.enable_cudnn_sdp(False)
