using System.CommandLine;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Cli;

/// <summary><c>users add</c></summary>
internal static class UserVerbs
{
    public static Command Create(VerbHost host) => new("users", "The people who sign in.") { Add(host) };

    private static Command Add(VerbHost host)
    {
        var email = new Option<string>("--email") { Required = true, Description = "What they sign in with" };
        var password = new Option<string?>("--password") { Description = $"At least {NewUser.MinPasswordLength} characters; other people on this machine may see it" };
        var fromInput = new Option<bool>("--password-stdin") { Description = "Read the password from the first line of stdin instead" };
        var role = new Option<PortalRole>("--role") { DefaultValueFactory = _ => PortalRole.Operator, Description = "What they may do" };
        var administrator = new Option<bool>("--administrator") { Description = "Short for --role administrator" };
        var command = new Command("add", "Add a person who may sign in.") { email, password, fromInput, role, administrator };
        command.Validators.Add(result =>
        {
            if ((result.GetResult(password) is null) == !result.GetValue(fromInput))
            {
                result.AddError("Give either --password or --password-stdin.");
            }
        });
        command.SetAction((parsed, cancellation) => host.RunAsync(async services =>
        {
            var secret = parsed.GetValue(password) ?? await host.Input.ReadLineAsync(cancellation) ?? "";
            var wish = new NewUser(parsed.GetRequiredValue(email), secret, parsed.GetValue(administrator) ? PortalRole.Administrator : parsed.GetValue(role));
            var added = await services.GetRequiredService<UserService>().AddAsync(wish, Caller.CommandLine, cancellation);
            return added.Succeeded(out var user, out var failure)
                ? host.Write($"Added {user.Email} as {(user.Role == PortalRole.Viewer ? "a viewer" : $"an {user.Role.ToString().ToLowerInvariant()}")}.")
                : host.Fail(failure, field => field == "email" ? "--email" : parsed.GetValue(fromInput) ? "--password-stdin" : "--password");
        }));
        return command;
    }
}
