"""A sign-up validator of Flask, which has abort() for errors and nothing to validate with."""
import re
import sys

from flask import Flask, abort, request

app = Flask(__name__)


def validated():
    body = request.get_json()
    if not body.get("email"):
        abort(400, description="Please enter your e-mail address.")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", body["email"]):
        abort(400, description="This is not an e-mail address.")
    if not re.fullmatch(r"\d{5}", body.get("postalCode") or ""):
        abort(422, description="The postal code must have five digits.")
    if not isinstance(body.get("age"), int) or body["age"] < 18:
        abort(422, description="You must be 18 or older.")
    if len(body.get("password") or "") > 64:
        abort(422, description="The password is too long.")
    return body


@app.post("/signup")
def signup():
    if validated()["email"] == "taken@example.com":
        abort(409, description="This e-mail address is already registered.")
    return {"loyaltyNumber": "7741"}


@app.post("/explode")
def explode():
    raise RuntimeError("cannot store " + validated()["password"])


app.run("127.0.0.1", int(sys.argv[2]), debug=sys.argv[1] == "debug", use_reloader=False)
