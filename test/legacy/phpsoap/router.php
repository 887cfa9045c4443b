<?php
// A sign-up service of ext/soap, SOAP 1.2. The claims of the call are put into
// an envelope, as any gateway before such a service does; the fault is SoapServer's own.
class SignUps
{
    public function signup($email, $postalCode, $age, $password): string
    {
        if ((string) $email === '') {
            throw new SoapFault('Sender', 'Please enter your e-mail address.');
        }
        if (!filter_var($email, FILTER_VALIDATE_EMAIL)) {
            throw new SoapFault('Sender', 'This is not an e-mail address.');
        }
        if (!preg_match('/^\d{5}$/', $postalCode)) {
            throw new SoapFault('Sender', 'The postal code must have five digits.');
        }
        if (!filter_var($age, FILTER_VALIDATE_INT, ['options' => ['min_range' => 18]])) {
            throw new SoapFault('Sender', 'You must be 18 or older.');
        }
        if (strlen($password) > 64) {
            throw new SoapFault('Sender', 'The password is too long.');
        }
        if ($email === 'taken@example.com') {
            throw new SoapFault('Sender', 'This e-mail address is already registered.');
        }
        return '7741';
    }

    public function explode($email, $postalCode, $age, $password): string
    {
        throw new RuntimeException('cannot store ' . $password);
    }
}

$operation = trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/');
$body = file_get_contents('php://input');
$claims = json_decode($body, true);
if (is_array($claims)) {
    $body = '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:s="urn:signups"><e:Body><s:' . $operation . '>';
    foreach (['email', 'postalCode', 'age', 'password'] as $name) {
        $body .= "<$name>" . htmlspecialchars((string) ($claims[$name] ?? ''), ENT_XML1) . "</$name>";
    }
    $body .= '</s:' . $operation . '></e:Body></e:Envelope>';
}
$server = new SoapServer(null, ['uri' => 'urn:signups', 'soap_version' => SOAP_1_2]);
$server->setClass('SignUps');
$server->handle($body);
