# A sign-up validator of Rails: Active Model validations, errors rendered as the guides do.
require 'active_model'
require 'action_controller/railtie'
require 'rack/handler/webrick'

class SignUp
  include ActiveModel::Model
  attr_accessor :email, :displayName, :postalCode, :age, :password

  validates :email, presence: true, format: { with: URI::MailTo::EMAIL_REGEXP, allow_blank: true }
  validates :postalCode, format: { with: /\A\d{5}\z/ }
  validates :age, numericality: { only_integer: true, greater_than_or_equal_to: 18 }
  validates :password, length: { maximum: 64 }
  validate { errors.add(:email, :taken, message: 'has already been taken') if email == 'taken@example.com' }
end

class SignUpsController < ActionController::API
  def signup
    form = validated
    render json: { loyaltyNumber: '7741' } if form
  end

  def explode
    form = validated
    raise "cannot store #{form.password}" if form
  end

  private

  def validated
    form = SignUp.new(params.permit(:email, :displayName, :postalCode, :age, :password))
    return form if form.valid?

    taken = form.errors.of_kind?(:email, :taken)
    render json: form.errors, status: taken ? :conflict : :unprocessable_entity
    nil
  end
end

class App < Rails::Application
  config.load_defaults 6.1
  config.api_only = true
  config.eager_load = false
  config.consider_all_requests_local = ARGV[0] == 'debug'
  config.secret_key_base = 'only-for-this-test'
  config.hosts.clear
  config.logger = Logger.new(nil)
  routes.append do
    post 'signup', to: 'sign_ups#signup'
    post 'explode', to: 'sign_ups#explode'
  end
end

App.initialize!
Rack::Handler::WEBrick.run(App, Host: '127.0.0.1', Port: ARGV[1], AccessLog: [])
