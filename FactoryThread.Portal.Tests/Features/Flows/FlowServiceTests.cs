using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Tests.Features.Flows;

public sealed class FlowServiceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_installation_has_published_sample_flows_and_abc123_owns_the_route_orders()
    {
        await using var app = PortalApp.Start();

        var flows = await app.Get<FlowService>().ListAsync(Cancel);

        Assert.Contains(flows, f => f is { Id: "abc123", Name: "Order sync", Route: "orders", Published: true, Live.IsEcho: true, Test.IsEcho: true });
        Assert.True(flows.Count >= 3);
    }

    [Fact]
    public async Task Samples_do_not_come_back_after_the_flows_were_changed_or_removed()
    {
        await using var app = PortalApp.Start();
        await app.Get<FlowService>().PublishAsync("abc123", false, Caller.CommandLine, Cancel);
        await app.Services.SeedFlowsAsync();
        Assert.False((await app.Get<FlowService>().GetAsync("abc123", Cancel)).Require().Published);

        await using (var db = await app.Contexts.CreateDbContextAsync(Cancel))
        {
            db.RemoveRange(db.Set<Flow>());
            await db.SaveChangesAsync(Cancel);
        }

        await app.Services.SeedFlowsAsync();
        Assert.Empty(await app.Get<FlowService>().ListAsync(Cancel));
    }

    [Fact]
    public async Task Two_processes_that_start_together_seed_once()
    {
        await using var app = PortalApp.Start();
        await using (var db = await app.Contexts.CreateDbContextAsync(Cancel))
        {
            db.RemoveRange(db.Set<Flow>());
            await db.Database.ExecuteSqlRawAsync("DROP TRIGGER audit_no_delete", Cancel);
            db.RemoveRange(db.Set<FactoryThread.Portal.Features.Audit.Model.AuditEntry>());
            await db.SaveChangesAsync(Cancel);
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => app.Services.SeedFlowsAsync(), Cancel)));

        var flows = await app.Get<FlowService>().ListAsync(Cancel);
        Assert.Single(flows, f => f.Id == "abc123");
        Assert.Equal(1, (await app.Get<AuditLog>().ForSubjectAsync("flow", "abc123", 0, 10, Cancel)).Total);
    }

    [Fact]
    public async Task A_change_is_seen_by_the_next_look_and_stands_in_the_record()
    {
        await using var app = PortalApp.Start();

        // A catalogue of its own whose monitor never runs: only the service can tell it of the change.
        var catalog = new FlowCatalog(app.Contexts, ActivatorUtilities.CreateInstance<StoreVersionMonitor>(app.Services));
        var service = new FlowService(app.Contexts, catalog, app.Get<AuditLog>(), TimeProvider.System, app.Get<IOptions<PortalOptions>>());
        Assert.Null((await catalog.CurrentAsync(Cancel)).FindByRoute("erp/orders"));

        await service.CreateAsync("new-1", New() with { Route = "erp/orders" }, Caller.CommandLine, Cancel);

        Assert.Equal("new-1", (await catalog.CurrentAsync(Cancel)).FindByRoute("erp/orders")?.Id);
        (await service.UpdateAsync("new-1", s => s with { Route = null, Name = "Other", Published = true }, Caller.CommandLine, Cancel)).Require();
        Assert.Null((await catalog.CurrentAsync(Cancel)).FindByRoute("erp/orders"));
        var entries = (await app.Get<AuditLog>().ForSubjectAsync("flow", "new-1", 0, 10, Cancel)).Items;
        Assert.Equal(["flow.updated", "flow.published", "flow.created"], entries.Select(e => e.Action));
        Assert.Contains("erp/orders", entries[0].Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Taken_ids_and_routes_are_conflicts_that_name_the_field()
    {
        await using var app = PortalApp.Start();
        var service = app.Get<FlowService>();

        var id = (await service.CreateAsync("abc123", New(), Caller.CommandLine, Cancel)).Failure;
        var route = (await service.CreateAsync("other", New() with { Route = "orders" }, Caller.CommandLine, Cancel)).Failure;
        var moved = (await service.UpdateAsync("inv200", s => s with { Route = "orders" }, Caller.CommandLine, Cancel)).Failure;

        Assert.Equal((FailureKind.Conflict, "id"), (id!.Kind, id.Field));
        Assert.Equal((FailureKind.Conflict, "route"), (route!.Kind, route.Field));
        Assert.Equal((FailureKind.Conflict, "route"), (moved!.Kind, moved.Field));
        Assert.Contains("abc123", route.Message, StringComparison.Ordinal);
        Assert.Equal("orders", (await service.UpdateAsync("abc123", s => s with { Name = "Same route" }, Caller.CommandLine, Cancel)).Require().Route);
    }

    [Theory]
    [InlineData("id", "a b", "N", null, null)]
    [InlineData("id", "", "N", null, null)]
    [InlineData("id", "trailing\n", "N", null, null)]
    [InlineData("id", "ünï", "N", null, null)]
    [InlineData("name", "ok", "  ", null, null)]
    [InlineData("name", "ok", "two\nlines", null, null)]
    [InlineData("route", "ok", "N", "/orders", null)]
    [InlineData("route", "ok", "N", "Orders", null)]
    [InlineData("route", "ok", "N", "orders/", null)]
    [InlineData("route", "ok", "N", "a//b", null)]
    [InlineData("route", "ok", "N", "../v1/keys", null)]
    [InlineData("route", "ok", "N", "a b", null)]
    [InlineData("live", "ok", "N", null, "https://x.example/?api_key=ft_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwe")]
    [InlineData("live", "ok", "N", null, "ftp://host/x")]
    [InlineData("live", "ok", "N", null, "orders")]
    [InlineData("live", "ok", "N", null, "http://user:secret@host/x")]
    [InlineData("live", "ok", "N", null, "http://host/a b")]
    [InlineData("live", "ok", "N", null, "javascript:alert(1)")]
    public async Task A_wrong_field_is_named(string field, string id, string name, string? route, string? live)
    {
        await using var app = PortalApp.Start();

        var result = await app.Get<FlowService>().CreateAsync(
            id,
            New() with { Name = name, Route = route, Live = live is null ? FlowTarget.Echo : FlowTarget.Of(live) },
            Caller.CommandLine,
            Cancel);

        Assert.Equal((FailureKind.Invalid, field), (result.Failure?.Kind, result.Failure?.Field));
    }

    [Theory]
    [InlineData("orders/import", "https://erp.test/api/orders/import")]
    [InlineData("/orders?kind=a", "https://erp.test/api/orders?kind=a")]
    [InlineData("", "https://erp.test/api")]
    [InlineData("//evil.test/x", null)]
    [InlineData("../admin", null)]
    [InlineData("a/../../admin", null)]
    [InlineData("%2e%2e/admin", null)]
    [InlineData("..\\admin", null)]
    [InlineData("\\\\evil.test", null)]
    [InlineData("/\\evil.test", null)]
    public void A_path_never_leaves_the_base_address_of_its_connection(string path, string? expected)
    {
        var combined = FlowTarget.TryCombine("https://erp.test/api", path, out var address);

        Assert.Equal(expected, combined ? address.AbsoluteUri : null);
    }

    [Fact]
    public async Task Put_creates_and_then_replaces()
    {
        await using var app = PortalApp.Start();
        var service = app.Get<FlowService>();

        await service.PutAsync("cli-1", New() with { Description = "first", Route = "cli" }, Caller.CommandLine, Cancel);
        var second = (await service.PutAsync("cli-1", New() with { Published = true, Live = FlowTarget.Of("http://host/x") }, Caller.CommandLine, Cancel)).Require();

        Assert.Equal((null, null, true, "http://host/x"), (second.Route, second.Description, second.Published, second.Live.Address));
        Assert.Single(await service.ListAsync(Cancel), f => f.Id == "cli-1");
    }

    [Fact]
    public async Task A_change_made_on_an_older_state_is_refused()
    {
        await using var app = PortalApp.Start();
        var service = app.Get<FlowService>();
        var seen = (await service.GetAsync("abc123", Cancel)).Require();

        var theirs = (await service.UpdateAsync("abc123", seen.Settings with { Name = "Theirs" }, Caller.CommandLine, Cancel, seen.UpdatedAt)).Require();
        var mine = await service.UpdateAsync("abc123", seen.Settings with { Name = "Mine" }, Caller.CommandLine, Cancel, seen.UpdatedAt.AddSeconds(-1));
        var again = await service.UpdateAsync("abc123", theirs.Settings with { Name = "Theirs again" }, Caller.CommandLine, Cancel, theirs.UpdatedAt);

        Assert.Equal(FailureKind.Conflict, mine.Failure?.Kind);
        Assert.Equal("Theirs again", again.Require().Name);
    }

    private static FlowSettings New() => new() { Name = "New flow" };
}
