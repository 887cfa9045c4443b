// A sign-up validator of NestJS: class-validator behind the ValidationPipe. The
// decorators are called by hand, so that no compiler is needed.
require('reflect-metadata');
const { Body, ConflictException, Controller, Module, Post, HttpCode, ValidationPipe } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { IsEmail, IsInt, Matches, MaxLength, Min } = require('class-validator');

class SignUp {}
IsEmail()(SignUp.prototype, 'email');
Matches(/^\d{5}$/)(SignUp.prototype, 'postalCode');
IsInt()(SignUp.prototype, 'age');
Min(18)(SignUp.prototype, 'age');
MaxLength(64)(SignUp.prototype, 'password');

class SignUps {
  signup(body) {
    if (body.email === 'taken@example.com') {
      throw new ConflictException('This e-mail address is already registered.');
    }
    return { loyaltyNumber: '7741' };
  }

  explode(body) {
    throw new Error('cannot store ' + body.password);
  }
}
for (const name of ['signup', 'explode']) {
  const method = Object.getOwnPropertyDescriptor(SignUps.prototype, name);
  Post(name)(SignUps.prototype, name, method);
  HttpCode(200)(SignUps.prototype, name, method);
  Body()(SignUps.prototype, name, 0);
  Reflect.defineMetadata('design:paramtypes', [SignUp], SignUps.prototype, name);
}
Controller()(SignUps);

class App {}
Module({ controllers: [SignUps] })(App);

NestFactory.create(App, { logger: false }).then((app) => {
  app.useGlobalPipes(new ValidationPipe());
  return app.listen(Number(process.argv[2]), '127.0.0.1');
});
