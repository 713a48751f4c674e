using System.Net;
using System.Runtime.InteropServices;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Usage.Store;
using FactoryThread.Portal.Platform;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Counts missing, malformed and unknown credentials in memory and adds the counts to the database each second.</summary>
public sealed partial class CredentialFailureCounter(IOptions<PortalOptions> options, TimeProvider time, ILogger<CredentialFailureCounter> logger)
{
    /// <summary>Stands for the addresses beyond <see cref="MaxEntries"/>.</summary>
    public const string OtherAddresses = "other";

    /// <summary>Different addresses, codes and minutes held between two flushes.</summary>
    public const int MaxEntries = 10_000;

    private const int RowsPerTransaction = 1000;

    private readonly Lock _gate = new();
    private Dictionary<Entry, long> _counts = [];
    private bool _failing;

    public void Count(string code, IPAddress? address) => Add(new Entry(time.GetUtcNow().ToUnixTimeSeconds() / 60, code, address, Other: false), 1);

    /// <summary>Adds what was counted to the table; what cannot be written is kept for the next time.</summary>
    public void Flush()
    {
        Dictionary<Entry, long> counts;
        lock (_gate)
        {
            if (_counts.Count == 0)
            {
                return;
            }

            (counts, _counts) = (_counts, []);
        }

        try
        {
            using var portal = NativeDatabase.Open(options.Value.DatabasePath, Sqlite.BusySeconds * 1000);
            portal.Execute("PRAGMA synchronous = NORMAL");
            using var upsert = portal.Prepare("""
                INSERT INTO CredentialFailures (Minute, Code, Address, Count) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (Minute, Code, Address) DO UPDATE SET Count = Count + excluded.Count
                """);
            foreach (var slice in counts.Keys.Chunk(RowsPerTransaction))
            {
                portal.Execute("BEGIN IMMEDIATE");
                foreach (var entry in slice)
                {
                    upsert.Bind(1, entry.Minute * 60_000).Bind(2, entry.Code).Bind(3, entry.AddressText).Bind(4, counts[entry]).Run();
                }

                portal.Execute("COMMIT");
                Array.ForEach(slice, entry => counts.Remove(entry));
            }

            _failing = false;
        }
        catch (SqliteException exception)
        {
            if (!_failing)
            {
                _failing = true;
                Log.NotFlushed(logger, exception);
            }

            foreach (var (entry, count) in counts)
            {
                Add(entry, count);
            }
        }
    }

    private void Add(Entry entry, long count)
    {
        lock (_gate)
        {
            if (_counts.Count >= MaxEntries && !_counts.ContainsKey(entry))
            {
                // One entry per minute and code, so it is bounded all the same.
                entry = entry with { Address = null, Other = true };
            }

            CollectionsMarshal.GetValueRefOrAddDefault(_counts, entry, out _) += count;
        }
    }

    private readonly record struct Entry(long Minute, string Code, IPAddress? Address, bool Other)
    {
        public string AddressText => Other ? OtherAddresses
            : Address is null ? ""
            : Address.IsIPv4MappedToIPv6 ? Address.MapToIPv4().ToString()
            : Address.ToString();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Counts of refused credentials cannot be written; they are kept in memory until they can.")]
        public static partial void NotFlushed(ILogger logger, Exception exception);
    }
}
