using System.Data;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Flows.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Flows;

/// <summary>The flows that a new installation starts with: real, published, and answering with their input until they get a target.</summary>
internal static class SampleFlows
{
    private static readonly (string Id, FlowSettings Settings)[] Samples =
    [
        ("abc123", Sample("Order sync", "orders", "Takes orders from the shop into the ERP system.")),
        ("inv200", Sample("Invoice push", "invoices", "Sends posted invoices to the accounting system.")),
        ("stk310", Sample("Stock levels", "stock", "Reports stock per article and warehouse to the shop.")),
        ("shp420", Sample("Shipping notice", null, "Announces deliveries to partners when a truck leaves.")),
    ];

    /// <summary>Only where there is no flow and never was one; what people changed or removed stays as they left it.</summary>
    public static async Task AddAsync(PortalDbContext db, AuditLog audit, DateTimeOffset now)
    {
        // Serializable takes the write lock first: of two processes that start together, the second sees the first one's flows.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable);
        if (await db.Set<Flow>().AnyAsync() || await db.Set<AuditEntry>().AnyAsync(e => e.SubjectType == FlowService.AuditSubject))
        {
            return;
        }

        foreach (var (id, settings) in Samples)
        {
            db.Add(Flow.Create(id, settings, now));
            audit.Append(db, Actor.System, "flow.created", id, settings.Name, new { sample = true, route = settings.Route });
        }

        await db.SaveChangesAsync();
        await transaction.CommitAsync();
    }

    private static FlowSettings Sample(string name, string? route, string description)
        => new() { Name = name, Route = route, Description = description, Published = true };
}
