"""Takes out of built templates what the emulator would refuse the stack for.

    leave_out.py BUILD_FOLDER <types

Resources of types that it does not know: those it knows come on the standard input, one a line;
what SAM's own types become is for SAM to say. Outputs of attributes that it does not give.
"""

import json
import pathlib
import re
import sys

from samcli.yamlhelper import yaml_dump, yaml_parse

# The DNS records of an identity of SES.
UNKNOWN_ATTRIBUTE = re.compile(r'"DkimDNSToken\w+"|\.DkimDNSToken')

known = set(sys.stdin.read().split())
for path in pathlib.Path(sys.argv[1]).rglob("template.yaml"):
    template = yaml_parse(path.read_text(encoding="utf-8"))
    resources, outputs = template["Resources"], template.get("Outputs", {})
    left_out = {
        name: it["Type"]
        for name, it in resources.items()
        if it["Type"] not in known and not it["Type"].startswith("AWS::Serverless::")
    }
    left_out |= {
        name: "an output"
        for name, it in outputs.items()
        if UNKNOWN_ATTRIBUTE.search(json.dumps(it["Value"]))
    }
    for name, kind in left_out.items():
        (outputs if kind == "an output" else resources).pop(name)
        print(f"left out, unknown to the emulator: {name}, {kind}")
    if left_out:
        path.write_text(yaml_dump(template), encoding="utf-8")
