using FactoryThread.Portal.Data.Model;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Accounts.SingleSignOn;

/// <summary>The configuration section <c>OpenIdConnect</c>: sign-in at the company's own identity provider. Off without an authority.</summary>
public sealed class SingleSignOnOptions
{
    public const string Section = "OpenIdConnect";

    /// <summary>The provider's address, below which its metadata lies, such as <c>https://login.example.com/realms/plant</c>; https, or http on this machine.</summary>
    public string? Authority { get; set; }

    /// <summary>The issuer that the provider's metadata must name, if it is not <see cref="Authority"/>; a slash at its end makes no difference.</summary>
    public string? Issuer { get; set; }

    public string ClientId { get; set; } = "";

    /// <summary>Null for a public client; PKCE is used either way.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>What people know it as: the button reads "Sign in with …".</summary>
    public string Name { get; set; } = "single sign-on";

    /// <summary>Asked for beside <c>openid</c>, <c>email</c> and <c>profile</c>.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>The claim whose values decide the role, in the ID token or from the user-info endpoint.</summary>
    public string RoleClaim { get; set; } = "roles";

    /// <summary>For each role the values that give it; the highest of those that apply counts.</summary>
    public Dictionary<PortalRole, List<string>> Roles { get; set; } = [];

    /// <summary>The role of people to whom no value applies; null turns them away.</summary>
    public PortalRole? DefaultRole { get; set; }

    public bool Enabled => !string.IsNullOrWhiteSpace(Authority);

    /// <summary>Metadata with this issuer is from the provider that is meant (OpenID Connect Discovery 1.0, section 4.3).</summary>
    public bool IsIssuer(string? named) => string.Equals(named?.TrimEnd('/'), (string.IsNullOrWhiteSpace(Issuer) ? Authority : Issuer)?.TrimEnd('/'), StringComparison.Ordinal);

    /// <summary>The role that these values of the claim give; null if they give none.</summary>
    public PortalRole? RoleOf(IEnumerable<string> values)
    {
        var held = values.ToHashSet(StringComparer.Ordinal);
        return Roles.Where(role => role.Value.Exists(held.Contains)).Select(role => (PortalRole?)role.Key).Max() ?? DefaultRole;
    }
}

/// <summary>Collects every fault of the section at once, each message naming its configuration key.</summary>
public sealed class ValidateSingleSignOnOptions : IValidateOptions<SingleSignOnOptions>
{
    public ValidateOptionsResult Validate(string? name, SingleSignOnOptions options)
    {
        if (!options.Enabled)
        {
            return ValidateOptionsResult.Success;
        }

        var faults = new List<string>();
        if (!IsAddress(options.Authority))
        {
            faults.Add("OpenIdConnect:Authority must be an absolute https address (http only on this machine).");
        }

        if (!string.IsNullOrWhiteSpace(options.Issuer) && !IsAddress(options.Issuer))
        {
            faults.Add("OpenIdConnect:Issuer must be an absolute https address (http only on this machine), as the provider's metadata has it.");
        }

        if (string.IsNullOrWhiteSpace(options.ClientId))
        {
            faults.Add("OpenIdConnect:ClientId must be the id under which the portal is registered at the authority.");
        }

        if (options.Roles.Values.All(values => values.Count == 0) && options.DefaultRole is null)
        {
            faults.Add("OpenIdConnect:Roles or OpenIdConnect:DefaultRole must give somebody a role; as it is, nobody could sign in.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        static bool IsAddress(string? text)
            => Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == "https" || (address.Scheme == "http" && address.IsLoopback));
    }
}
