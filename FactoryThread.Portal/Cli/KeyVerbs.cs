using System.CommandLine;
using System.Globalization;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Cli;

/// <summary><c>keys create|list|revoke|regenerate|retire-previous</c></summary>
internal static class KeyVerbs
{
    public static Command Create(VerbHost host) => new("keys", "Make and manage API keys.")
    {
        CreateKey(host),
        List(host),
        OnKey("revoke", "Refuse the key from now on. It cannot be undone.", host, async (services, id, json) =>
        {
            var result = await services.GetRequiredService<ApiKeyService>().RevokeAsync(id, null, Caller.CommandLine, CancellationToken.None);
            return !result.Succeeded(out var revocation, out var failure) ? host.Fail(failure, OptionOf)
                : json ? host.WriteJson(new { id = revocation.Id, revokedAt = Instant(revocation.RevokedAt) })
                : host.Write($"Revoked {revocation.Id}; refused since {Instant(revocation.RevokedAt)}.");
        }),
        Regenerate(host),
        OnKey("retire-previous", "Refuse the value before the current one from now on, where it is still accepted.", host, async (services, id, json) =>
        {
            var result = await services.GetRequiredService<ApiKeyService>().RetirePreviousAsync(id, Caller.CommandLine, CancellationToken.None);
            return !result.Succeeded(out var key, out var failure) ? host.Fail(failure, OptionOf)
                : json ? host.WriteJson(new { id = key.Id, hint = key.Hint })
                : host.Write($"{key.Id} accepts only its current value {key.Hint}.");
        }),
    };

    private static Command Regenerate(VerbHost host)
    {
        var overlap = new Option<TimeSpan>("--overlap")
        {
            HelpName = "1h|24h|7d|[D.]HH:MM:SS",
            Description = $"How long the old value stays valid, up to {KeyOverlap.Longest.Days}d; without it, the old value is refused from now on",
            CustomParser = result =>
            {
                if (KeyOverlap.TryParseShort(result.Tokens[0].Value, out var parsed))
                {
                    return parsed;
                }

                result.AddError("--overlap is a time such as 1h, 24h, 7d or 1.12:00:00.");
                return default;
            },
        };
        var command = OnKey("regenerate", "Give the key a new value and refuse the old one, now or after an overlap.", host, async (services, parsed, id, json) =>
        {
            var result = await services.GetRequiredService<ApiKeyService>().RegenerateAsync(id, Caller.CommandLine, CancellationToken.None, parsed.GetValue(overlap));
            return result.Succeeded(out var revealed, out var failure) ? Reveal(host, revealed, json) : host.Fail(failure, OptionOf);
        });
        command.Add(overlap);
        return command;
    }

    private static Command CreateKey(VerbHost host)
    {
        var name = new Option<string>("--name") { Required = true, Description = "What it is for, such as erp-order-sync-production" };
        var environment = Choice<KeyEnvironment>("--environment", "live or test", [("live", KeyEnvironment.Live), ("test", KeyEnvironment.Test)]);
        var permission = Choice<KeyPermission>(
            "--permission",
            "full, read-only or flows",
            [("full", KeyPermission.FullAccess), ("read-only", KeyPermission.ReadOnly), ("flows", KeyPermission.SpecificFlows)]);
        var flows = new Option<string[]>("--flow") { Description = "Id of a flow it may execute, with --permission flows; may be repeated" };
        var expires = new Option<KeyExpiration>("--expires")
        {
            Required = true,
            HelpName = "30d|90d|1y|never|INSTANT",
            Description = "30d, 90d, 1y, never or an instant such as 2027-01-31T00:00:00Z",
            CustomParser = result =>
            {
                if (KeyExpiration.TryParse(result.Tokens[0].Value, out var expiration))
                {
                    return expiration;
                }

                result.AddError("--expires is 30d, 90d, 1y, never or an instant with its offset, such as 2027-01-31T00:00:00Z.");
                return default!;
            },
        };
        var perMinute = Limit("--per-minute", "Requests in any 60 seconds");
        var perDay = Limit("--per-day", "Requests in a UTC day");
        var self = new Option<bool>("--allow-self-regenerate") { Description = "The key may give itself a new value" };
        var owner = new Option<string?>("--owner") { Description = "Email of the user who owns it; without it, the first administrator" };
        var json = Json();
        var command = new Command("create", "Make a key. Its value is printed once and cannot be shown again.")
        {
            name, environment, permission, flows, expires, perMinute, perDay, self, owner, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(flows) is { Tokens.Count: > 0 } && !result.Errors.Any() && result.GetValue(permission) != KeyPermission.SpecificFlows)
            {
                result.AddError("--flow goes with --permission flows.");
            }
        });
        command.SetAction((parsed, cancellation) => host.RunAsync(async services =>
        {
            string? ownerId = null;
            if (parsed.GetValue(owner) is { } email)
            {
                ownerId = await services.GetRequiredService<UserService>().FindIdAsync(email);
                if (ownerId is null)
                {
                    return host.Fail("--owner: there is no user with this email address.");
                }
            }

            var settings = new ApiKeySettings
            {
                Name = parsed.GetRequiredValue(name),
                Permission = parsed.GetRequiredValue(permission),
                Flows = parsed.GetValue(flows) ?? [],
                Expiration = parsed.GetRequiredValue(expires),
                PerMinute = parsed.GetValue(perMinute),
                PerDay = parsed.GetValue(perDay),
                AllowSelfRegenerate = parsed.GetValue(self),
            };
            var wish = new NewApiKey(settings, parsed.GetRequiredValue(environment), ownerId);
            var made = await services.GetRequiredService<ApiKeyService>().CreateAsync(wish, Caller.CommandLine, cancellation);
            return made.Succeeded(out var revealed, out var failure) ? Reveal(host, revealed, parsed.GetValue(json)) : host.Fail(failure, OptionOf);
        }));
        return command;
    }

    private static Command List(VerbHost host)
    {
        var json = Json();
        var command = new Command("list", "All keys that are not deleted, newest first; never their values.") { json };
        command.SetAction((parsed, cancellation) => host.RunAsync(async services =>
        {
            var keys = services.GetRequiredService<ApiKeyService>();
            var asJson = parsed.GetValue(json);
            List<object> items = [];
            List<string[]> rows = [];
            var query = new ApiKeyQuery { Take = 200 };
            while (await keys.ListAsync(query, Caller.CommandLine, cancellation) is { Items: [.., var last] } page)
            {
                if (asJson)
                {
                    // One may have been deleted since the page was read.
                    items.AddRange((await keys.DetailsAsync(page.Items, cancellation)).Where(k => k.Status != KeyStatus.Deleted).Select(AsJson));
                }
                else
                {
                    rows.AddRange(page.Items.Select(k => (string[])[k.Id, k.Name, k.Hint, k.Permission.Label(), k.Status.ToString(), Day(k.ExpiresAt), Day(k.LastUsedAt), k.OwnerName]));
                }

                query = query with { After = (last.CreatedAt, last.Id) };
            }

            return asJson
                ? host.WriteJson(new { items })
                : host.WriteTable(["ID", "NAME", "VALUE", "PERMISSION", "STATUS", "EXPIRES", "LAST USED", "OWNER"], rows);
        }));
        return command;
    }

    private static Command OnKey(string verb, string description, VerbHost host, Func<IServiceProvider, string, bool, Task<int>> work)
        => OnKey(verb, description, host, (services, _, id, json) => work(services, id, json));

    private static Command OnKey(string verb, string description, VerbHost host, Func<IServiceProvider, ParseResult, string, bool, Task<int>> work)
    {
        var id = new Argument<string>("id") { Description = "The key's id, key_…; see keys list" };
        var json = Json();
        var command = new Command(verb, description) { id, json };
        command.SetAction((parsed, _) => host.RunAsync(services => work(services, parsed, parsed.GetRequiredValue(id), parsed.GetValue(json))));
        return command;
    }

    private static int Reveal(VerbHost host, RevealedKey revealed, bool json)
    {
        var key = revealed.Key;
        if (json)
        {
            return host.WriteJson(new
            {
                id = key.Id,
                key = revealed.Token.Reveal(),
                name = key.Name,
                environment = key.Environment.Code(),
                kind = key.Kind.Code(),
                permission = key.Permission.Code(),
                flows = key.Flows,
                expiresAt = Instant(key.ExpiresAt),
                previousValidUntil = Instant(key.Previous?.ValidUntil),
                limits = new { perMinute = key.PerMinute, perDay = key.PerDay },
                owner = key.OwnerName,
                hint = key.Hint,
                status = key.Status.Code(),
                createdAt = Instant(key.CreatedAt),
            });
        }

        host.Write($"id:  {key.Id}");
        host.Write($"key: {revealed.Token.Reveal()}");
        if (key.Previous is { } previous)
        {
            host.Write($"The old value {previous.Hint} stays valid until {Instant(previous.ValidUntil)}.");
        }

        return host.Write("Store the key now: it cannot be shown again.");
    }

    private static object AsJson(ApiKeyDetails key) => new
    {
        id = key.Id,
        name = key.Name,
        description = key.Description,
        environment = key.Environment.Code(),
        kind = key.Kind.Code(),
        permission = key.Permission.Code(),
        expiresAt = Instant(key.ExpiresAt),
        owner = key.OwnerName,
        hint = key.Hint,
        status = key.Status.Code(),
        createdAt = Instant(key.CreatedAt),
        lastUsedAt = Instant(key.LastUsedAt),
    };

    private static Option<bool> Json() => new("--json") { Description = "JSON on stdout, and nothing else there" };

    private static Option<T> Choice<T>(string name, string description, (string Word, T Value)[] choices) => new(name)
    {
        Required = true,
        Description = description,
        HelpName = string.Join('|', choices.Select(c => c.Word)),
        CustomParser = result =>
        {
            foreach (var (word, value) in choices)
            {
                if (result.Tokens[0].Value == word)
                {
                    return value;
                }
            }

            result.AddError($"{name} is {description}.");
            return default;
        },
    };

    private static Option<int?> Limit(string name, string description) => new(name)
    {
        Description = $"{description}, 1 to {int.MaxValue}; without it, the default of the installation",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0)
            {
                return limit;
            }

            result.AddError($"{name} is a whole number from 1 to {int.MaxValue}.");
            return null;
        },
    };

    private static string? OptionOf(string field) => field switch
    {
        "name" => "--name",
        "expiration" => "--expires",
        "permission" => "--permission",
        "flows" => "--flow",
        "limits.perMinute" => "--per-minute",
        "limits.perDay" => "--per-day",
        "owner" => "--owner",
        "overlap" => "--overlap",
        _ => null,
    };

    private static string? Instant(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Day(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "never";
}
