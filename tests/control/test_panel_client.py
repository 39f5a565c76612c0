"""What is sent to one page, and in which order."""

import asyncio

from kaleidocam.control.panel.client import Client


class Line:
    """Stands for the WebSocket."""

    def __init__(self):
        self.sent = []

    async def send_text(self, text):
        self.sent.append(text)

    async def send_bytes(self, data):
        self.sent.append(data)


def test_words_go_before_a_picture_that_waits_with_them():
    """The first are those that the page is built from: where a picture is shown, its keys work."""

    async def first_two():
        line = Line()
        client = Client(1, line, clean=False)
        client.show(b"a picture")
        client.tell({"hello": 1})
        sending = asyncio.ensure_future(client.run())
        while len(line.sent) < 2:
            await asyncio.sleep(0)
        sending.cancel()
        return line.sent

    assert asyncio.run(first_two()) == ['{"hello": 1}', b"a picture"]
