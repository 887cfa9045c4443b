"""A sign-up validator of FastAPI. Its errors are FastAPI's and Pydantic's own."""
import sys

import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, EmailStr, conint, constr


class SignUp(BaseModel):
    email: EmailStr
    displayName: str = ""
    postalCode: constr(regex=r"^\d{5}$")
    age: conint(ge=18)
    password: constr(max_length=64)


app = FastAPI(debug=sys.argv[1] == "debug")


@app.post("/signup")
def signup(body: SignUp):
    if body.email == "taken@example.com":
        raise HTTPException(status_code=409, detail="This e-mail address is already registered.")
    return {"loyaltyNumber": "7741"}


@app.post("/explode")
def explode(body: SignUp):
    raise RuntimeError("cannot store " + body.password)


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
