// A sign-up validator of Fastify: a JSON schema, and Fastify's own error handler.
const fastify = require('fastify')();

const schema = {
  body: {
    type: 'object',
    required: ['email', 'postalCode', 'age', 'password'],
    properties: {
      email: { type: 'string', format: 'email' },
      displayName: { type: 'string' },
      postalCode: { type: 'string', pattern: '^\\d{5}$' },
      age: { type: 'integer', minimum: 18 },
      password: { type: 'string', maxLength: 64 },
    },
  },
};

fastify.post('/signup', { schema }, async (request) => {
  if (request.body.email === 'taken@example.com') {
    throw Object.assign(new Error('This e-mail address is already registered.'), { statusCode: 409 });
  }
  return { loyaltyNumber: '7741' };
});
fastify.post('/explode', { schema }, async (request) => {
  throw new Error('cannot store ' + request.body.password);
});
fastify.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
