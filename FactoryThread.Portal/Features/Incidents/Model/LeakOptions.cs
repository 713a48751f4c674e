using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Incidents.Model;

/// <summary>What happens to a key whose value somebody reports as leaked.</summary>
public enum LeakPolicy
{
    /// <summary>The report is recorded and stands on the key until somebody acts.</summary>
    Alert,

    /// <summary>The key is revoked at once, too.</summary>
    Revoke,
}

/// <summary>The configuration section <c>Leaks</c>.</summary>
public sealed class LeakOptions
{
    public const string Section = "Leaks";

    public LeakPolicy Policy { get; set; } = LeakPolicy.Alert;

    public GitHubOptions GitHub { get; set; } = new();

    /// <summary>Reports of GitHub's secret scanning partner programme; taken only if there is a way to check their signature.</summary>
    public sealed class GitHubOptions
    {
        /// <summary>Where GitHub publishes its keys: <c>https://api.github.com/meta/public_keys/secret_scanning</c>.</summary>
        public string? KeysUrl { get; set; }

        /// <summary>Public keys by identifier, PEM, for installations that reach no other host.</summary>
        public Dictionary<string, string> PublicKeys { get; set; } = [];

        public bool Enabled => !string.IsNullOrEmpty(KeysUrl) || PublicKeys.Count > 0;
    }
}

/// <summary>Collects every fault of the section at once, each message naming its configuration key.</summary>
public sealed class ValidateLeakOptions : IValidateOptions<LeakOptions>
{
    public ValidateOptionsResult Validate(string? name, LeakOptions options)
    {
        var faults = new List<string>();
        if (!Enum.IsDefined(options.Policy))
        {
            faults.Add("Leaks:Policy must be Alert or Revoke.");
        }

        if (!string.IsNullOrEmpty(options.GitHub.KeysUrl)
            && !(Uri.TryCreate(options.GitHub.KeysUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
        {
            faults.Add("Leaks:GitHub:KeysUrl must be an absolute address, such as https://api.github.com/meta/public_keys/secret_scanning.");
        }

        foreach (var (identifier, pem) in options.GitHub.PublicKeys)
        {
            if (!IsPublicKey(pem))
            {
                faults.Add($"Leaks:GitHub:PublicKeys:{identifier} must be an elliptic-curve public key in PEM form.");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>An EC public key in PEM form.</summary>
    public static bool IsPublicKey(string pem)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(pem);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            return false;
        }
    }
}
