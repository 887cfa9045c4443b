import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.json.JSONParser;
import org.apache.tomcat.util.json.ParseException;

/** A sign-up validator of a plain servlet: sendError, and Tomcat's own report of it. */
public class SignUps extends HttpServlet {
  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Map<String, Object> body;
    try {
      body = new JSONParser(request.getInputStream(), "UTF-8").parseObject();
    } catch (ParseException e) {
      response.sendError(400, e.getMessage());
      return;
    }
    String email = text(body, "email");
    if (email.isEmpty()) {
      response.sendError(400, "Please enter your e-mail address.");
    } else if (!email.matches("[^@\\s]+@[^@\\s]+\\.[^@\\s]+")) {
      response.sendError(400, "This is not an e-mail address.");
    } else if (!text(body, "postalCode").matches("\\d{5}")) {
      response.sendError(422, "The postal code must have five digits.");
    } else if (!(body.get("age") instanceof Number age) || age.intValue() < 18) {
      response.sendError(422, "You must be 18 or older.");
    } else if (text(body, "password").length() > 64) {
      response.sendError(422, "The password is too long.");
    } else if (email.equals("taken@example.com")) {
      response.sendError(409, "This e-mail address is already registered.");
    } else if (request.getServletPath().equals("/explode")) {
      throw new IllegalStateException("cannot store " + text(body, "password"));
    } else {
      response.setContentType("application/json");
      response.getWriter().print("{\"loyaltyNumber\":\"7741\"}");
    }
  }

  private static String text(Map<String, Object> body, String name) {
    return body.get(name) instanceof String value ? value : "";
  }

  public static void main(String[] args) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir("base");
    tomcat.setHostname("127.0.0.1");
    tomcat.setPort(Integer.parseInt(args[0]));
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    var context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "signups", new SignUps());
    context.addServletMappingDecoded("/signup", "signups");
    context.addServletMappingDecoded("/explode", "signups");
    tomcat.start();
    tomcat.getServer().await();
  }
}
