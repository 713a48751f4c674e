using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Usage.Model;

/// <summary>The configuration section <c>Usage</c>.</summary>
public sealed class UsageOptions
{
    public const string Section = "Usage";

    /// <summary>What a commit survives before a request is answered.</summary>
    public SynchronousMode Synchronous { get; set; } = SynchronousMode.Normal;

    /// <summary>Requests that may wait for their commit at once; those beyond are answered 503.</summary>
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>Size in MB that the intake may reach while its contents cannot be moved; beyond, requests are answered 503.</summary>
    public int MaxIntakeMegabytes { get; set; } = 4096;

    public RetentionOptions Retention { get; set; } = new();

    /// <summary>How much of the request log is kept. The hourly counts stay for good.</summary>
    public sealed class RetentionOptions
    {
        public int Days { get; set; } = 90;

        public long Rows { get; set; } = 10_000_000;
    }
}

/// <summary>SQLite's two useful settings of <c>synchronous</c> in WAL mode.</summary>
public enum SynchronousMode
{
    /// <summary>A commit survives the end of the process, however sudden.</summary>
    Normal,

    /// <summary>A commit survives a power failure too; each one waits for the disk.</summary>
    Full,
}

/// <summary>Collects every fault of the section at once, each message naming its configuration key.</summary>
public sealed class ValidateUsageOptions : IValidateOptions<UsageOptions>
{
    public ValidateOptionsResult Validate(string? name, UsageOptions options)
    {
        var faults = new List<string>();
        Require(Enum.IsDefined(options.Synchronous), "Usage:Synchronous must be Normal or Full.");
        Require(options.MaxWaiting is >= 1 and <= 1_000_000, "Usage:MaxWaiting must be between 1 and 1000000 requests.");
        Require(options.MaxIntakeMegabytes is >= 1 and <= 1_000_000, "Usage:MaxIntakeMegabytes must be between 1 and 1000000.");
        Require(options.Retention.Days is >= 1 and <= 36_500, "Usage:Retention:Days must be between 1 and 36500.");
        Require(options.Retention.Rows >= 1, "Usage:Retention:Rows must be at least 1.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                faults.Add(otherwise);
            }
        }
    }
}
