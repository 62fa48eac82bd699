"""Prints what the reader of TensorBoard finds in a folder of event files, as JSON; numbers are texts, as JSON has no NaN.

    read_tensorboard.py FOLDER
"""

import json
import sys

from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.util import tensor_util


def main(folder):
    found = plugin_event_accumulator.EventAccumulator(folder, size_guidance={"tensors": 0}, tensor_size_guidance={
        "scalars": 0, "histograms": 0, "text": 0,
    })
    found.Reload()
    scalars, histograms, texts = {}, {}, {}
    for plugin, of_plugin in [("scalars", scalars), ("histograms", histograms), ("text", texts)]:
        for tag in found.PluginTagToContent(plugin) if plugin in found.ActivePlugins() else []:
            of_plugin[tag] = [event for event in found.Tensors(tag)]
    array = tensor_util.make_ndarray
    print(json.dumps({
        "scalars": {
            tag: [[event.step, repr(event.wall_time), repr(float(array(event.tensor_proto)))] for event in events]
            for tag, events in scalars.items()
        },
        "histograms": {
            tag: [[event.step, array(event.tensor_proto).tolist()] for event in events]
            for tag, events in histograms.items()
        },
        "texts": {
            tag: [event.tensor_proto.string_val[0].decode() for event in events] for tag, events in texts.items()
        },
    }))


main(*sys.argv[1:])
