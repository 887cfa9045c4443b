// A sign-up validator of Express and express-validator; errors as in the guide
// "Getting Started" of express-validator.
const express = require('express');
const { body, matchedData, validationResult } = require('express-validator');

const rules = [
  body('email').isEmail(),
  body('postalCode').matches(/^\d{5}$/),
  body('age').isInt({ min: 18 }),
  body('password').isLength({ max: 64 }),
];

function validated(req, res, next) {
  const result = validationResult(req);
  if (result.isEmpty()) return next();
  res.status(400).send({ errors: result.array() });
}

const app = express();
app.use(express.json());
app.post('/signup', rules, validated, (req, res) => {
  if (req.body.email === 'taken@example.com') {
    return res.status(409).send({ error: 'This e-mail address is already registered.' });
  }
  res.send({ loyaltyNumber: '7741' });
});
app.post('/explode', rules, validated, (req) => {
  throw new Error('cannot store ' + matchedData(req).password);
});
app.listen(Number(process.argv[2]), '127.0.0.1');
