using System.CommandLine;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.PasswordReset;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Cli;

/// <summary><c>users add</c> and <c>users password-link</c></summary>
internal static class UserVerbs
{
    public static Command Create(VerbHost host) => new("users", "The people who sign in.") { Add(host), PasswordLink(host) };

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

    private static Command PasswordLink(VerbHost host)
    {
        var email = new Option<string>("--email") { Required = true, Description = "Of the person who forgot their password" };
        var command = new Command("password-link", "Print a link with which somebody chooses a new password, once, within a day.") { email };
        command.SetAction((parsed, cancellation) => host.RunAsync(async services =>
        {
            if (await services.GetRequiredService<UserService>().FindIdAsync(parsed.GetRequiredValue(email)) is not { } id)
            {
                return host.Fail("--email: there is no user with this email address.");
            }

            var made = await services.GetRequiredService<PasswordResetService>().CreateAsync(id, Caller.CommandLine, cancellation);
            if (!made.Succeeded(out var link, out var failure))
            {
                return host.Fail(failure.Message);
            }

            var address = services.GetRequiredService<IOptions<PortalOptions>>().Value.PublicAddress;
            if (address is null)
            {
                await host.Error.WriteLineAsync("Put the address of the portal before it, such as https://portal.example.com (Portal:PublicAddress is not set).");
            }

            return host.Write($"{address}{link.Path}");
        }));
        return command;
    }
}
