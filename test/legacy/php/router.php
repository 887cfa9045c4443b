<?php
// A sign-up validator of plain PHP: ext/filter, and the habit of answering 200 whatever happened.
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/signup' && $path !== '/explode') {
    return false; // the server's own 404
}
header('Content-Type: application/json');

function refuse(string $message): never
{
    echo json_encode(['success' => false, 'message' => $message]);
    exit;
}

try {
    $body = json_decode(file_get_contents('php://input'), true, 8, JSON_THROW_ON_ERROR);
} catch (JsonException $e) {
    refuse($e->getMessage());
}
if (empty($body['email'])) {
    refuse('Please enter your e-mail address.');
}
if (!filter_var($body['email'], FILTER_VALIDATE_EMAIL)) {
    refuse('This is not an e-mail address.');
}
if (!filter_var($body['postalCode'] ?? '', FILTER_VALIDATE_REGEXP, ['options' => ['regexp' => '/^\d{5}$/']])) {
    refuse('The postal code must have five digits.');
}
if (!filter_var($body['age'] ?? '', FILTER_VALIDATE_INT, ['options' => ['min_range' => 18]])) {
    refuse('You must be 18 or older.');
}
if (strlen($body['password'] ?? '') > 64) {
    refuse('The password is too long.');
}
if ($body['email'] === 'taken@example.com') {
    refuse('This e-mail address is already registered.');
}
if ($path === '/explode') {
    throw new RuntimeException('cannot store ' . $body['password']);
}
echo json_encode(['success' => true, 'loyaltyNumber' => '7741']);
