using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Answers from the log of requests that no roll-up gives: who uses which value of a key, and what a change would hit.</summary>
public sealed class CallLog(IDbContextFactory<PortalDbContext> contexts, UsageMover mover)
{
    /// <summary>Newest requests of a key that one look reads.</summary>
    public const int Window = 500_000;

    private const int MostUsers = 50;

    /// <summary>Who presented this value since an instant, the latest first.</summary>
    public async Task<ValueUsers> UsersOfValueAsync(string keyId, long secretId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var users = new Dictionary<(string?, string?, string?), (long Requests, long LastAt)>();
        var more = await RequestSegments.VisitNewestAsync(
            db,
            keyId,
            since,
            null,
            Window,
            (_, request) =>
            {
                if (request.SecretId == secretId)
                {
                    var texts = request.Named();
                    var user = (RequestRecordFormat.Text(texts.Address), RequestRecordFormat.Text(texts.UserAgent), RequestRecordFormat.Text(texts.FlowId));
                    var (requests, lastAt) = users.GetValueOrDefault(user);
                    users[user] = (requests + 1, Math.Max(lastAt, request.At));
                }

                return true;
            },
            cancellationToken);
        var latest = users.OrderByDescending(u => u.Value.LastAt).Take(MostUsers)
            .Select(u => new ValueUser(u.Key.Item1, u.Key.Item2, u.Key.Item3, u.Value.Requests, DateTimeOffset.FromUnixTimeMilliseconds(u.Value.LastAt)));
        return new ValueUsers([.. latest], users.Count, more is null);
    }

    /// <summary>What the key was let through for since an instant, the most frequent first.</summary>
    public async Task<CallPatterns> PatternsAsync(string keyId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var patterns = new Dictionary<(string?, string, string?), long>();
        var more = await RequestSegments.VisitNewestAsync(
            db,
            keyId,
            since,
            null,
            Window,
            (_, request) =>
            {
                if (request.Outcome != Outcome.Refused)
                {
                    var texts = request.Named();
                    var pattern = (RequestRecordFormat.Text(texts.FlowId), RequestRecordFormat.Text(texts.Route) ?? "", RequestRecordFormat.Text(texts.Address));
                    patterns[pattern] = patterns.GetValueOrDefault(pattern) + 1;
                }

                return true;
            },
            cancellationToken);
        return new CallPatterns(
            [.. patterns.OrderByDescending(p => p.Value).Select(p => new CallPattern(p.Key.Item1, p.Key.Item2, p.Key.Item3, p.Value))], more is null);
    }
}
