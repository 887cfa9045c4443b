"""A sign-up service of Spyne, SOAP 1.1. The claims of the call are put into an envelope, as any gateway
before such a service does; the faults are those of Spyne and of its schema validation by lxml."""
import io
import json
import sys
from wsgiref.simple_server import make_server
from xml.sax.saxutils import escape

from spyne import Application, Fault, Integer, ServiceBase, Unicode, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

Email = Unicode(min_len=3, pattern=r"[^@\s]+@[^@\s]+\.[^@\s]+", min_occurs=1, nillable=False)
PostalCode = Unicode(pattern=r"\d{5}", min_occurs=1, nillable=False)
Age = Integer(ge=18, min_occurs=1, nillable=False)
Password = Unicode(pattern=r"\S{1,64}", min_occurs=1, nillable=False)


class SignUps(ServiceBase):
    @rpc(Email, PostalCode, Age, Password, _returns=Unicode)
    def signup(ctx, email, postalCode, age, password):
        if email == "taken@example.com":
            raise Fault("Client", "This e-mail address is already registered.")
        return "7741"

    @rpc(Email, PostalCode, Age, Password, _returns=Unicode)
    def explode(ctx, email, postalCode, age, password):
        raise RuntimeError("cannot store " + password)


service = WsgiApplication(Application([SignUps], "urn:signups", in_protocol=Soap11(validator="lxml"), out_protocol=Soap11()))


def gateway(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        claims = json.loads(body)
        members = "".join(
            f"<s:{name}>{escape(str(claims[name]))}</s:{name}>"
            for name in ("email", "postalCode", "age", "password") if claims.get(name) not in (None, "")
        )
        operation = environ["PATH_INFO"].strip("/")
        body = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:s="urn:signups">'
            f"<e:Body><s:{operation}>{members}</s:{operation}></e:Body></e:Envelope>"
        ).encode()
    except ValueError:
        pass  # the service says what is wrong with it
    environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "text/xml; charset=utf-8"})
    return service(environ, start_response)


make_server("127.0.0.1", int(sys.argv[1]), gateway).serve_forever()
