using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Features.Incidents.Store;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Incidents;

/// <summary>Values that turned up where they should not be: whose they are, and what is done about those that others report.</summary>
public sealed class LeakService(
    IDbContextFactory<PortalDbContext> contexts, ApiKeyService keys, AuditLog audit, IOptions<LeakOptions> options, TimeProvider time)
{
    private const string Revoked = "Leaked: reported by GitHub secret scanning.";

    /// <summary>The keys behind found values, by hash.</summary>
    public async Task<IReadOnlyList<LeakMatch>> MatchAsync(IReadOnlyList<FoundToken> found, Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var issued = await LeakStore.FindAsync(db, [.. found.Select(f => f.Hash)], time.GetUtcNow(), cancellationToken);
        return [.. found.Select(f => new LeakMatch(f, issued.TryGetValue(f.Hash, out var value) ? View(value) : null))];

        LeakedKey View(IssuedValue value) => caller.AllKeys || value.OwnerId == caller.UserId
            ? new LeakedKey(value.KeyId, value.Name, value.Environment, value.Status, value.Replaced, value.Works)
            : new LeakedKey(null, null, value.Environment, value.Status, value.Replaced, value.Works);
    }

    /// <summary>Writes into the record of each key of the caller's that it was found; nothing of the text it was found in.</summary>
    public async Task RecordFindsAsync(IReadOnlyList<LeakMatch> matches, Caller caller, CancellationToken cancellationToken)
    {
        var mine = matches.Where(m => m.Key?.Id is not null).ToList();
        if (mine.Count == 0)
        {
            return;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        foreach (var match in mine)
        {
            audit.Append(db, caller.Actor, "api_key.leak_found", match.Key!.Id!, match.Key.Name!, new { hint = match.Found.Hint, times = match.Found.Count });
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Takes a report of GitHub's whose signature is right. The same find again changes nothing.</summary>
    /// <param name="address">Where the report came from.</param>
    public async Task<IReadOnlyList<LeakVerdict>> ReceiveAsync(IReadOnlyList<ReportedToken> reported, string? address, CancellationToken cancellationToken)
    {
        var actor = new Actor(ActorKind.System, "github-secret-scanning", "GitHub secret scanning", address);
        var hashes = reported.Select(r => ApiKeyToken.TryHash(r.Token, out var hash) ? hash : (KeyHash?)null).ToList();
        Dictionary<KeyHash, IssuedValue> issued;
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            issued = await LeakStore.FindAsync(db, [.. hashes.OfType<KeyHash>().Distinct()], time.GetUtcNow(), cancellationToken);
        }

        var verdicts = new List<LeakVerdict>();
        foreach (var (report, hash) in reported.Zip(hashes))
        {
            var value = hash is { } known ? issued.GetValueOrDefault(known) : null;
            if (value is not null)
            {
                await TakeAsync(value, report, actor, cancellationToken);
            }

            verdicts.Add(new LeakVerdict(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(report.Token))), report.Type, value is not null));
        }

        return verdicts;
    }

    /// <summary>Reports that nobody has dismissed, newest first; of one key if it is named.</summary>
    public async Task<IReadOnlyList<LeakReportView>> OpenReportsAsync(string? keyId, Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await LeakStore.OpenReportsAsync(db, keyId, caller.OnlyOf, time.GetUtcNow(), cancellationToken);
    }

    /// <summary>Somebody looked at a report and nothing is left to do. Again: the same.</summary>
    public async Task<Result<LeakReport>> DismissAsync(long id, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Operator, "dismisses reports") is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var report = await db.Set<LeakReport>().SingleOrDefaultAsync(r => r.Id == id, cancellationToken);
        if (report is null || !(await keys.GetAsync(report.KeyId, caller, cancellationToken)).Succeeded(out var key, out _))
        {
            return Failure.NotFound("There is no such report.");
        }

        if (report.DismissedAt is null)
        {
            report.Dismiss(caller.Actor.Name, time.GetStoredNow());
            audit.Append(db, caller.Actor, "api_key.leak_report_dismissed", key.Id, key.Name, new { source = report.Source, url = report.Url });
            await db.SaveChangesAsync(cancellationToken);
        }

        return report;
    }

    private async Task TakeAsync(IssuedValue value, ReportedToken report, Actor actor, CancellationToken cancellationToken)
    {
        var revoke = options.Value.Policy == LeakPolicy.Revoke && value.Works;
        var url = Clean(report.Url, LeakReport.MaxUrlLength);
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            // Takes the write lock before the look: two deliveries of the same report make one row.
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            if (!await db.Set<LeakReport>().AnyAsync(r => r.SecretId == value.SecretId && r.Url == url, cancellationToken))
            {
                var place = Clean(report.Place, 50) is { Length: > 0 } text ? text : null;
                db.Add(LeakReport.Create(value.KeyId, value.SecretId, value.Hint, actor.Name, url, place, time.GetStoredNow()));
                audit.Append(db, actor, "api_key.leak_reported", value.KeyId, value.Name, new { hint = value.Hint, url, place, policy = revoke ? "revoke" : "alert" });
                await db.SaveChangesAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
        }

        if (revoke)
        {
            // The only failure is that somebody deleted the key meanwhile, and then it is refused anyway.
            await keys.RevokeAsync(value.KeyId, Revoked, Caller.Administrator(actor, null), cancellationToken);
        }
    }

    /// <summary>Text of somebody else's, fit to be stored and shown; one that repeats a key is not kept.</summary>
    private static string Clean(string? text, int length)
    {
        var clean = string.Concat((text ?? "").Where(c => !char.IsControl(c))).Trim();
        return KeyPaste.LooksLikeKey(clean) ? "" : clean.Length > length ? clean[..length] : clean;
    }
}
