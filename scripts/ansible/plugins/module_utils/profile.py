# SPDX-License-Identifier: MIT
"""Writes a mapping as the text of a profile. Must not know any key of profiles."""

import json
import re

# Words and sizes need no quotes; what could be anything else in YAML gets them.
PLAIN = re.compile(r'[A-Za-z0-9./][A-Za-z0-9._/+%-]*( [A-Za-z0-9._/+%-]+)*\Z')


def _scalar(value):
    if value is None:
        return '""'
    if isinstance(value, bool):
        return 'true' if value else 'false'
    text = str(value)
    # Templates make text of numbers, and memprov takes no number in quotes.
    return text if PLAIN.match(text) else json.dumps(text, ensure_ascii=False)


def _flow(value):
    if isinstance(value, dict):
        pairs = ['%s: %s' % (_scalar(key), _flow(item)) for key, item in value.items()]
        return '{ %s }' % ', '.join(pairs) if pairs else '{}'
    if isinstance(value, (list, tuple)):
        return '[%s]' % ', '.join(_flow(item) for item in value)
    return _scalar(value)


def _block(mapping, indent):
    for key, value in mapping.items():
        start = '%s%s:' % (indent, _scalar(key))
        if isinstance(value, dict) and value:
            yield start
            for line in _block(value, indent + '  '):
                yield line
        elif isinstance(value, (list, tuple)) and any(isinstance(row, dict) for row in value):
            yield start
            for row in value:
                yield '%s  - %s' % (indent, _flow(row))
        else:
            yield '%s %s' % (start, _flow(value))


def profile_text(mapping):
    """The lines of a profile, in the mapping's order, a row of sizes each on its own."""
    return ''.join(line + '\n' for line in _block(mapping, ''))
