"""What the PyPI client `openai` sees of a server. usage: openai_client.py BASE_URL; prints one line per call."""
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0, timeout=30)

models = client.models.list()
model = models.data[0].id
print("models", model)

chat = client.chat.completions.create(
    model=model, messages=[{"role": "user", "content": "Hi"}], temperature=0, max_tokens=8)
print("chat", chat.choices[0].message.role, chat.choices[0].message.content, chat.choices[0].finish_reason, chat.usage.total_tokens)

parts, usage = [], None
for chunk in client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Hi"}], temperature=0, max_tokens=8, stream=True,
        stream_options={"include_usage": True}):
    if chunk.choices and chunk.choices[0].delta.content:
        parts.append(chunk.choices[0].delta.content)
    usage = chunk.usage or usage
print("stream", "".join(parts), usage.total_tokens)

text = client.completions.create(model=model, prompt="Once", temperature=0, max_tokens=8)
print("text", text.choices[0].text)

try:
    client.chat.completions.create(model="no-such-model", messages=[{"role": "user", "content": "Hi"}])
    print("error none")
except openai.NotFoundError as error:
    print("error", error.code)

try:
    client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hi"}], temperature=9)
    print("error none")
except openai.BadRequestError as error:
    print("error", error.param)
