"""Replaces the functions that the worker itself needs: socket, json, struct, os.write, sys.stdout."""

import json
import os
import socket
import struct
import sys


def refuse(*args, **kwargs):
    raise ValueError("not any more")


json.dumps = json.loads = struct.pack = os.write = refuse

json.JSONEncoder.encode = json.JSONDecoder.decode = refuse
sys.stdout = sys.stderr = None


def mix(x):
    return x
