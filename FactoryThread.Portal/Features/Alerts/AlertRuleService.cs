using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Alerts;

/// <summary>The rules: the workspace's, and those that single keys have instead. Everybody may read them, but of keys only those they see; administrators change them.</summary>
public sealed class AlertRuleService(IDbContextFactory<PortalDbContext> contexts, AuditLog audit, TimeProvider time)
{
    private const int MostSuggestions = 8;

    private const string Right = "changes the rules of alerts";

    /// <summary>Every kind's rule for the workspace, in order; then the rules of single keys, by name.</summary>
    public async Task<IReadOnlyList<RuleView>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rules = await db.Set<AlertRule>().AsNoTracking().ToListAsync(cancellationToken);
        var ids = rules.Select(r => r.KeyId).Where(id => id.Length > 0).ToList();
        var owner = caller.OnlyOf;
        var names = await db.Set<ApiKey>().Where(k => ids.Contains(k.Id) && k.DeletedAt == null && (owner == null || k.OwnerId == owner)).ToDictionaryAsync(k => k.Id, k => k.Name, cancellationToken);
        var own = rules.Where(r => r.KeyId.Length == 0).ToDictionary(r => r.Kind);
        return
        [
            .. AlertKindInfo.All.Select(info => own.TryGetValue(info.Kind, out var rule)
                ? new RuleView(info, null, null, rule.Settings, IsDefault: false)
                : new RuleView(info, null, null, RuleSettings.Default(info.Kind), IsDefault: true)),
            .. rules.Where(r => names.ContainsKey(r.KeyId))
                .Select(r => new RuleView(AlertKindInfo.Of(r.Kind), r.KeyId, names[r.KeyId], r.Settings, IsDefault: false))
                .OrderBy(r => r.KeyName, StringComparer.OrdinalIgnoreCase).ThenBy(r => r.Info.Kind),
        ];
    }

    /// <summary>Ids and names of keys that fit what was typed, for a rule of their own: the beginning of a name, or an id.</summary>
    public async Task<Result<IReadOnlyList<(string Id, string Name)>>> FindKeysAsync(string text, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var typed = text.Trim();
        var rows = await db.Set<ApiKey>().AsNoTracking()
            .Where(k => k.DeletedAt == null && (k.Id == typed || k.Name.StartsWith(typed)))
            .OrderBy(k => k.Name).Take(MostSuggestions).Select(k => new { k.Id, k.Name }).ToListAsync(cancellationToken);
        return rows.ConvertAll(k => (k.Id, k.Name));
    }

    /// <summary>Sets a rule of the workspace, or of one key.</summary>
    /// <param name="key">A key's id or exact name; null for the workspace.</param>
    public async Task<Result<RuleView>> SetAsync(AlertKind kind, string? key, RuleSettings settings, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        var info = AlertKindInfo.Of(kind);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var (keyId, keyName) = ("", (string?)null);
        if (key is not null)
        {
            if (!info.OfKey)
            {
                return Failure.Invalid("kind", "This rule watches addresses, so that no key can have one of its own.");
            }

            var typed = key.Trim();
            var found = await db.Set<ApiKey>().Where(k => k.DeletedAt == null && (k.Id == typed || k.Name == typed)).Select(k => new { k.Id, k.Name }).Take(2).ToListAsync(cancellationToken);
            if (found.Count != 1)
            {
                return Failure.Invalid("key", found.Count == 0 ? "There is no key with this name or id. Choose one from the list." : "Several keys have this name. Enter the id, which the key's page shows.");
            }

            (keyId, keyName) = (found[0].Id, found[0].Name);
        }

        if (settings.Check(kind) is { } violation)
        {
            return Failure.Invalid(violation.Field, violation.Message);
        }

        var now = time.GetStoredNow();
        var rule = await db.Set<AlertRule>().SingleOrDefaultAsync(r => r.Kind == kind && r.KeyId == keyId, cancellationToken);
        var before = rule?.Settings ?? RuleSettings.Default(kind);
        if (rule is null)
        {
            db.Add(rule = AlertRule.Create(kind, keyId, settings, now));
        }
        else
        {
            rule.Change(settings, now);
        }

        audit.Append(db, caller.Actor, "alert_rule.updated", Subject(info, keyId), keyName ?? info.Label, Difference(before, rule.Settings));
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return new RuleView(info, keyName is null ? null : keyId, keyName, rule.Settings, IsDefault: false);
    }

    /// <summary>Removes a rule: a key follows the workspace's again, the workspace the default.</summary>
    public async Task<Result<bool>> ResetAsync(AlertKind kind, string? keyId, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var id = keyId ?? "";
        if (await db.Set<AlertRule>().SingleOrDefaultAsync(r => r.Kind == kind && r.KeyId == id, cancellationToken) is not { } rule)
        {
            return false;
        }

        db.Remove(rule);
        var keyName = await db.Set<ApiKey>().Where(k => k.Id == id).Select(k => k.Name).SingleOrDefaultAsync(cancellationToken);
        audit.Append(db, caller.Actor, "alert_rule.reset", Subject(AlertKindInfo.Of(kind), id), keyName ?? AlertKindInfo.Of(kind).Label, rule.Settings);
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    private static string Subject(AlertKindInfo info, string keyId) => keyId.Length == 0 ? info.Code : $"{info.Code}/{keyId}";

    private static Dictionary<string, FieldChange> Difference(RuleSettings before, RuleSettings after)
    {
        (string Name, object? From, object? To)[] fields =
            [("enabled", before.Enabled, after.Enabled), ("threshold", before.Threshold, after.Threshold), ("minimum", before.Minimum, after.Minimum)];
        return fields.Where(f => !Equals(f.From, f.To)).ToDictionary(f => f.Name, f => new FieldChange(f.From, f.To), StringComparer.Ordinal);
    }
}
