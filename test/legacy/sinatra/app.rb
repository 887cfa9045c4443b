# A sign-up validator of Sinatra, which has halt for errors and nothing to validate with.
require 'json'
require 'sinatra/base'

class SignUps < Sinatra::Base
  set :environment, ARGV[0] == 'debug' ? :development : :production
  set :bind, '127.0.0.1'
  set :port, ARGV[1]
  set :server, 'webrick'
  set :quiet, true

  def validated
    body = JSON.parse(request.body.read)
    halt 400, 'Please enter your e-mail address.' if body['email'].to_s.empty?
    halt 400, 'This is not an e-mail address.' unless body['email'].match?(URI::MailTo::EMAIL_REGEXP)
    halt 422, 'The postal code must have five digits.' unless body['postalCode'].to_s.match?(/\A\d{5}\z/)
    halt 422, 'You must be 18 or older.' unless body['age'].is_a?(Integer) && body['age'] >= 18
    halt 422, 'The password is too long.' if body['password'].to_s.length > 64
    body
  rescue JSON::ParserError => e
    halt 400, e.message
  end

  post '/signup' do
    halt 409, 'This e-mail address is already registered.' if validated['email'] == 'taken@example.com'
    content_type :json
    { loyaltyNumber: '7741' }.to_json
  end

  post '/explode' do
    raise "cannot store #{validated['password']}"
  end
end

SignUps.run!
