namespace FactoryThread.Portal.Features.Accounts;

/// <summary>Failed sign-ins per address in the current minute: guessing over many accounts is slowed, and cannot fill the audit record.</summary>
public sealed class SignInThrottle(TimeProvider time)
{
    /// <summary>Failed attempts of one address in a minute before further ones are turned away unseen.</summary>
    public const int FailuresPerMinute = 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _failures = [];
    private long _minute;

    public bool Allows(string? address)
    {
        lock (_gate)
        {
            return Current().GetValueOrDefault(address ?? "") < FailuresPerMinute;
        }
    }

    public void CountFailure(string? address)
    {
        lock (_gate)
        {
            var failures = Current();
            failures[address ?? ""] = failures.GetValueOrDefault(address ?? "") + 1;
        }
    }

    private Dictionary<string, int> Current()
    {
        var minute = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        if (minute != _minute)
        {
            _minute = minute;
            _failures.Clear();
        }

        return _failures;
    }
}
