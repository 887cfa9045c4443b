import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import javax.validation.Validation;
import javax.validation.Validator;
import javax.validation.constraints.Min;
import javax.validation.constraints.NotNull;
import javax.validation.constraints.Pattern;
import javax.validation.constraints.Size;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jetty.util.ajax.JSON;
import org.hibernate.validator.constraints.Email;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;

/** A sign-up validator of Bean Validation in a servlet, and Jetty's own report of sendError. */
public class SignUps extends HttpServlet {
  public static class SignUp {
    @NotNull @Email public String email;
    @NotNull @Pattern(regexp = "\\d{5}") public String postalCode;
    @NotNull @Min(18) public Long age;
    @NotNull @Size(max = 64) public String password;
  }

  private static final Validator VALIDATOR =
      Validation.byDefaultProvider().configure().messageInterpolator(new ParameterMessageInterpolator())
          .buildValidatorFactory().getValidator();

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
    SignUp form = new SignUp();
    try {
      Map<?, ?> body = (Map<?, ?>) JSON.parse(request.getReader());
      form.email = (String) body.get("email");
      form.postalCode = (String) body.get("postalCode");
      form.age = (Long) body.get("age");
      form.password = (String) body.get("password");
    } catch (IllegalStateException | ClassCastException e) {
      response.sendError(400, e.getMessage());
      return;
    }
    String wrong = VALIDATOR.validate(form).stream()
        .map(one -> one.getPropertyPath() + " " + one.getMessage()).sorted().collect(Collectors.joining(", "));
    if (!wrong.isEmpty()) {
      response.sendError(400, wrong);
    } else if (form.email.equals("taken@example.com")) {
      response.sendError(409, "This e-mail address is already registered.");
    } else if (request.getServletPath().equals("/explode")) {
      throw new IllegalStateException("cannot store " + form.password);
    } else {
      response.setContentType("application/json");
      response.getWriter().print("{\"loyaltyNumber\":\"7741\"}");
    }
  }

  public static void main(String[] args) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(args[1]));
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    context.addServlet(new ServletHolder(new SignUps()), "/signup");
    context.addServlet(new ServletHolder(new SignUps()), "/explode");
    ErrorHandler errors = new ErrorHandler();
    errors.setShowStacks(args[0].equals("debug")); // the class and message of an exception are shown by default
    context.setErrorHandler(errors);
    server.setErrorHandler(errors);
    server.setHandler(context);
    server.start();
    server.join();
  }
}
