using System.Data;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Flows.Store;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Flows;

/// <summary>All that may be done to connections, by administrators only. Header values go in and never come out again.</summary>
public sealed class ConnectionService(
    IDbContextFactory<PortalDbContext> contexts, FlowCatalog catalog, ConnectionSecrets secrets, AuditLog audit, TimeProvider time, IOptions<PortalOptions> portal)
{
    public const string AuditSubject = "connection";

    private static readonly Failure NoSuchConnection = Failure.NotFound("There is no such connection.");

    private const string Right = "manages connections";

    /// <summary>Ordered by name.</summary>
    public async Task<Result<IReadOnlyList<ConnectionView>>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var uses = await FlowStore.UsesAsync(db, cancellationToken);
        var connections = await db.Set<Connection>().AsNoTracking().OrderBy(c => c.Name).ThenBy(c => c.Id).ToListAsync(cancellationToken);
        return connections.ConvertAll(c => View(c, uses));
    }

    public async Task<Result<ConnectionView>> GetAsync(string id, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Set<Connection>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is { } connection
            ? View(connection, await FlowStore.UsesAsync(db, cancellationToken))
            : NoSuchConnection;
    }

    /// <summary>Ids and names, for choosing one as a flow's target.</summary>
    public async Task<IReadOnlyList<(string Id, string Name, string BaseAddress)>> ChoicesAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Set<Connection>().AsNoTracking().OrderBy(c => c.Name).Select(c => new { c.Id, c.Name, c.BaseAddress }).ToListAsync(cancellationToken);
        return rows.ConvertAll(c => (c.Id, c.Name, c.BaseAddress));
    }

    public Task<Result<ConnectionView>> CreateAsync(ConnectionSettings settings, Caller caller, CancellationToken cancellationToken)
        => InTransactionAsync(caller, (db, _) => SaveAsync(db, null, settings, caller, cancellationToken), cancellationToken);

    /// <summary>Changes a connection; a header without a value keeps the stored one, a header that is left out is removed.</summary>
    public Task<Result<ConnectionView>> UpdateAsync(string id, ConnectionSettings settings, Caller caller, CancellationToken cancellationToken)
        => UpdateAsync(id, _ => settings, caller, cancellationToken);

    /// <summary>Changes a connection from the state it has at that moment.</summary>
    public Task<Result<ConnectionView>> UpdateAsync(
        string id, Func<ConnectionSettings, ConnectionSettings> change, Caller caller, CancellationToken cancellationToken)
        => InTransactionAsync(
            caller,
            async (db, _) => await db.Set<Connection>().SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is { } connection
                ? await SaveAsync(
                    db,
                    connection,
                    change(new ConnectionSettings
                    {
                        Name = connection.Name,
                        BaseAddress = connection.BaseAddress,
                        Headers = connection.HeaderNames.ConvertAll(name => new SecretHeader(name, null)),
                    }),
                    caller,
                    cancellationToken)
                : NoSuchConnection,
            cancellationToken);

    /// <summary>Deletes a connection; while a flow has a target through it, that is a conflict.</summary>
    public Task<Result<ConnectionView>> DeleteAsync(string id, Caller caller, CancellationToken cancellationToken)
        => InTransactionAsync(
            caller,
            async (db, uses) =>
            {
                if (await db.Set<Connection>().SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } connection)
                {
                    return NoSuchConnection;
                }

                if (uses.Contains(id))
                {
                    return Failure.Conflict($"The connection is used by {string.Join(", ", uses[id].Take(5).Select(f => f.Name))}. Give these flows another target first.");
                }

                db.Remove(connection);
                audit.Append(db, caller.Actor, "connection.deleted", connection.Id, connection.Name, new
                {
                    baseAddress = connection.BaseAddress,
                    headers = connection.HeaderNames.ToList(),
                });
                return View(connection, uses);
            },
            cancellationToken);

    private async Task<Result<ConnectionView>> SaveAsync(
        PortalDbContext db, Connection? connection, ConnectionSettings settings, Caller caller, CancellationToken cancellationToken)
    {
        var name = (settings.Name ?? "").Trim();
        var address = (settings.BaseAddress ?? "").Trim();
        if (FlowRules.CheckConnection(name, address) is { } violation)
        {
            return Failure.Invalid(violation.Field, violation.Message);
        }

        if (address != connection?.BaseAddress && portal.Value.RefusesToCall(new Uri(address)) is { } refusal)
        {
            return Failure.Invalid("baseAddress", refusal);
        }

        if (await db.Set<Connection>().AnyAsync(c => c.Name == name && (connection == null || c.Id != connection.Id), cancellationToken))
        {
            return Failure.Conflict($"There is already a connection '{name}'.", "name");
        }

        var id = connection?.Id ?? Connection.NewId();
        if (!Merge(connection, address, settings.Headers).Succeeded(out var headers, out var failure))
        {
            return failure;
        }

        var now = time.GetStoredNow();
        var names = headers.Select(h => h.Name).ToList();
        var sealedHeaders = secrets.Protect(id, headers);
        if (connection is null)
        {
            connection = Connection.Create(id, name, address, names, sealedHeaders, now);
            db.Add(connection);
            audit.Append(db, caller.Actor, "connection.created", id, name, new { baseAddress = address, headers = names });
        }
        else
        {
            audit.Append(db, caller.Actor, "connection.updated", id, name, new
            {
                name = new { from = connection.Name, to = name },
                baseAddress = new { from = connection.BaseAddress, to = address },
                headers = new { from = connection.HeaderNames.ToList(), to = names },
                newValues = settings.Headers.Where(h => h.Value is not null).Select(h => h.Name),
            });
            connection.Change(name, address, names, sealedHeaders, now);
        }

        return View(connection, await FlowStore.UsesAsync(db, cancellationToken));
    }

    /// <summary>The headers to store: new values, and those kept from before.</summary>
    private Result<IReadOnlyList<SecretHeader>> Merge(Connection? connection, string address, IReadOnlyList<SecretHeader> wanted)
    {
        if (wanted.Count > FlowRules.MaxHeaders)
        {
            return Failure.Invalid("headers", $"A connection has up to {FlowRules.MaxHeaders} headers.");
        }

        foreach (var header in wanted)
        {
            if (FlowRules.CheckHeader(header.Name, header.Value) is { } violation)
            {
                return Failure.Invalid(violation.Field, violation.Message);
            }
        }

        if (wanted.GroupBy(h => h.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            return Failure.Invalid("headers", $"The header {twice.Key} is there twice.");
        }

        if (wanted.All(h => h.Value is not null))
        {
            return wanted.ToList();
        }

        // Stored values must not be sent to an address that somebody else may listen at.
        if (connection is not null && !SameHost(connection.BaseAddress, address))
        {
            return Failure.Invalid("headers", "The base address leads to another host. Enter the header values again, or remove the headers.");
        }

        if (connection is null || secrets.Unprotect(connection) is not { } stored)
        {
            return Failure.Invalid("headers", "Enter a value for each header.");
        }

        var result = new List<SecretHeader>();
        foreach (var header in wanted)
        {
            if ((header.Value ?? stored.FirstOrDefault(s => s.Name.Equals(header.Name, StringComparison.OrdinalIgnoreCase))?.Value) is not { } value)
            {
                return Failure.Invalid("headers", $"Enter a value for {header.Name}.");
            }

            result.Add(new SecretHeader(header.Name, value));
        }

        return result;
    }

    private async Task<Result<ConnectionView>> InTransactionAsync(
        Caller caller, Func<PortalDbContext, ILookup<string, FlowName>, Task<Result<ConnectionView>>> change, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FlowStore.IsTestKeyAsync(db, caller, cancellationToken))
        {
            return Failure.Forbidden("A test key does not manage connections.");
        }

        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        var result = await change(db, await FlowStore.UsesAsync(db, cancellationToken));
        if (result.Failure is null)
        {
            try
            {
                // A caller who hangs up must not leave a change half done.
                await db.SaveChangesAsync(CancellationToken.None);
                await transaction.CommitAsync(CancellationToken.None);
            }
            finally
            {
                // Also after an error: whether the commit happened may be unknown then.
                catalog.Invalidate();
            }
        }

        return result;
    }

    private static bool SameHost(string before, string after)
        => Uri.TryCreate(before, UriKind.Absolute, out var old) && Uri.TryCreate(after, UriKind.Absolute, out var now)
            && Uri.Compare(old, now, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static ConnectionView View(Connection connection, ILookup<string, FlowName> uses)
        => new(connection.Id, connection.Name, connection.BaseAddress, [.. connection.HeaderNames], [.. uses[connection.Id]], connection.CreatedAt, connection.UpdatedAt);
}
