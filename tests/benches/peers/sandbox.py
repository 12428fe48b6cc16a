"""A function as Lambda runs it: a process, and the runtime API that it takes its events from."""

import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from processes import PATIENCE, Process

PATH = "/2018-06-01/runtime/invocation"
HEADERS = {
    "content-type": "application/json",
    "lambda-runtime-aws-request-id": "bench",
    "lambda-runtime-deadline-ms": "4102444800000",
    "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-west-3:0:function:bench",
}


class Api(BaseHTTPRequestHandler):
    """The runtime API of one process."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self):
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return
        self.answer(200, HEADERS, event)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.answer(202, {}, b"")
        self.server.outcomes.put((self.path.endswith("/response"), body))

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Sandbox:
    """A function as Lambda runs it."""

    def __init__(self, function, bootstrap, *, folder, variables):
        self.function = function
        self.api = ThreadingHTTPServer(("127.0.0.1", 0), Api)
        self.api.daemon_threads = True
        self.api.events, self.api.outcomes = queue.Queue(), queue.Queue()
        threading.Thread(target=self.api.serve_forever, daemon=True).start()
        self.process = Process(
            function,
            [bootstrap],
            folder=folder,
            variables={
                **variables,
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.api.server_port}",
                "AWS_LAMBDA_FUNCTION_NAME": function,
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
                "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function}",
                "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
            },
        )

    def invoke(self, event):
        """What the function answers to `event`, which must succeed."""
        self.api.events.put(json.dumps(event).encode())
        succeeded, body = self.api.outcomes.get(timeout=PATIENCE)
        answer = json.loads(body)
        if not succeeded or answer["statusCode"] >= 300:
            raise RuntimeError(f"{self.function}: {body[:500]}")
        return answer

    def stop(self):
        """Ends the process and its runtime API."""
        self.process.stop()
        self.api.events.put(None)
        self.api.shutdown()
        self.api.server_close()
