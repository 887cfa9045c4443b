"""A sign-up validator of Django REST Framework: a serializer, and the framework's own exception handler."""
import sys
from wsgiref.simple_server import make_server

from django.conf import settings

settings.configure(
    DEBUG=sys.argv[1] == "debug",
    SECRET_KEY="only-for-this-test",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "DEFAULT_PERMISSION_CLASSES": [], "UNAUTHENTICATED_USER": None},
)

import django

django.setup()

from django.core.wsgi import get_wsgi_application
from django.urls import path
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.validators import UniqueValidator


class Accounts:
    """Stands for a table's queryset, as far as UniqueValidator asks it."""

    def filter(self, email__exact=None):
        self.found = email__exact == "taken@example.com"
        return self

    def exists(self):
        return self.found


class SignUp(serializers.Serializer):
    email = serializers.EmailField(validators=[UniqueValidator(queryset=Accounts())])
    displayName = serializers.CharField(required=False)
    postalCode = serializers.RegexField(r"^\d{5}$")
    age = serializers.IntegerField(min_value=18)
    password = serializers.CharField(max_length=64)


def validated(request):
    form = SignUp(data=request.data)
    form.is_valid(raise_exception=True)
    return form.validated_data


@api_view(["POST"])
def signup(request):
    validated(request)
    return Response({"loyaltyNumber": "7741"})


@api_view(["POST"])
def explode(request):
    raise RuntimeError("cannot store " + validated(request)["password"])


urlpatterns = [path("signup", signup), path("explode", explode)]

make_server("127.0.0.1", int(sys.argv[2]), get_wsgi_application()).serve_forever()
