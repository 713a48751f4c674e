using System.Text;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Flows;

public sealed class ConnectionServiceTests
{
    private const string Secret = "s3cr3t-Value-of-the-ERP-header";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_secret_is_in_no_file_of_the_data_directory_and_comes_back_to_the_gateway_only()
    {
        await using var app = PortalApp.Start();
        var service = app.Get<ConnectionService>();

        var view = (await service.CreateAsync(Erp(), Caller.CommandLine, Cancel)).Require();

        var needle = Encoding.UTF8.GetBytes(Secret);
        foreach (var file in Directory.EnumerateFiles(app.DataDirectory, "*", SearchOption.AllDirectories))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var content = new MemoryStream();
            await stream.CopyToAsync(content, Cancel);
            Assert.Equal(-1, content.ToArray().AsSpan().IndexOf(needle));
        }

        Assert.Equal(["X-Erp-Key"], view.HeaderNames);
        Assert.DoesNotContain(Secret, (await app.Get<AuditLog>().ForSubjectAsync("connection", view.Id, 0, 10, Cancel)).Items[0].Details, StringComparison.Ordinal);
        Assert.Equal(Secret, Assert.Single(await StoredAsync(app, view.Id)).Value);
    }

    [Fact]
    public async Task What_is_sealed_for_one_connection_opens_for_no_other()
    {
        await using var app = PortalApp.Start();
        var service = app.Get<ConnectionService>();
        var first = (await service.CreateAsync(Erp(), Caller.CommandLine, Cancel)).Require();
        var stored = (await app.Get<FlowCatalog>().CurrentAsync(Cancel)).FindConnection(first.Id)!;

        var other = Connection.Create(Connection.NewId(), "Other", "http://evil.test", stored.HeaderNames, stored.ProtectedHeaders, stored.CreatedAt);

        Assert.NotNull(app.Get<ConnectionSecrets>().Unprotect(stored));
        Assert.Null(app.Get<ConnectionSecrets>().Unprotect(other));
    }

    [Fact]
    public async Task A_header_without_a_value_keeps_it_and_one_left_out_is_gone()
    {
        await using var app = PortalApp.Start();
        var service = app.Get<ConnectionService>();
        var id = (await service.CreateAsync(Erp() with { Headers = [new("X-Erp-Key", Secret), new("X-Tenant", "7")] }, Caller.CommandLine, Cancel)).Require().Id;

        var changed = (await service.UpdateAsync(id, Erp() with { Name = "ERP 2", Headers = [new("x-erp-key", null), new("X-New", "n")] }, Caller.CommandLine, Cancel)).Require();

        Assert.Equal(["x-erp-key", "X-New"], changed.HeaderNames);
        Assert.Equal([Secret, "n"], (await StoredAsync(app, id)).Select(h => h.Value));
    }

    [Fact]
    public async Task Stored_values_do_not_follow_to_another_host()
    {
        await using var app = PortalApp.Start();
        var service = app.Get<ConnectionService>();
        var id = (await service.CreateAsync(Erp(), Caller.CommandLine, Cancel)).Require().Id;

        var moved = await service.UpdateAsync(id, s => s with { BaseAddress = "https://evil.test/api" }, Caller.CommandLine, Cancel);
        var samePlace = await service.UpdateAsync(id, s => s with { BaseAddress = "https://erp.test/v2" }, Caller.CommandLine, Cancel);

        Assert.Equal("headers", moved.Failure?.Field);
        Assert.Equal("https://erp.test/v2", samePlace.Require().BaseAddress);
        Assert.Equal(Secret, Assert.Single(await StoredAsync(app, id)).Value);
    }

    [Theory]
    [InlineData("X-Key", "a\r\nHost: evil")]
    [InlineData("X-Key", "a\nb")]
    [InlineData("X-Key", "")]
    [InlineData("X-Key", "ümlaut")]
    [InlineData("X-Key", null)]
    [InlineData("Host", "evil.test")]
    [InlineData("content-length", "3")]
    [InlineData("Transfer-Encoding", "chunked")]
    [InlineData("Connection", "close")]
    [InlineData("X Key", "v")]
    [InlineData("X-Key:", "v")]
    [InlineData("X-Key\r\nEvil", "v")]
    [InlineData("", "v")]
    public async Task Headers_that_could_break_a_request_are_refused(string name, string? value)
    {
        await using var app = PortalApp.Start();

        var result = await app.Get<ConnectionService>().CreateAsync(Erp() with { Headers = [new(name, value)] }, Caller.CommandLine, Cancel);

        Assert.Equal((FailureKind.Invalid, "headers"), (result.Failure?.Kind, result.Failure?.Field));
    }

    [Fact]
    public async Task A_connection_that_a_flow_uses_is_not_deleted()
    {
        await using var app = PortalApp.Start();
        var service = app.Get<ConnectionService>();
        var id = (await service.CreateAsync(Erp(), Caller.CommandLine, Cancel)).Require().Id;
        (await app.Get<FlowService>().UpdateAsync("abc123", s => s with { Test = new FlowTarget("orders", id) }, Caller.CommandLine, Cancel)).Require();

        var refused = await service.DeleteAsync(id, Caller.CommandLine, Cancel);
        (await app.Get<FlowService>().UpdateAsync("abc123", s => s with { Test = FlowTarget.Echo }, Caller.CommandLine, Cancel)).Require();
        var deleted = await service.DeleteAsync(id, Caller.CommandLine, Cancel);

        Assert.Equal(FailureKind.Conflict, refused.Failure?.Kind);
        Assert.Contains("Order sync", refused.Failure!.Message, StringComparison.Ordinal);
        Assert.Null(deleted.Failure);
        Assert.Empty((await service.ListAsync(Caller.CommandLine, Cancel)).Require());
    }

    [Fact]
    public async Task Only_an_administrator_sees_or_changes_connections()
    {
        await using var app = PortalApp.Start();
        var service = app.Get<ConnectionService>();
        var id = (await service.CreateAsync(Erp(), Caller.CommandLine, Cancel)).Require().Id;
        var other = new Caller(new Actor(ActorKind.User, "u1", "Somebody"), "u1", PortalRole.Operator, AllKeys: false);

        Assert.Equal(FailureKind.Forbidden, (await service.ListAsync(other, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await service.GetAsync(id, other, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await service.CreateAsync(Erp() with { Name = "B" }, other, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await service.UpdateAsync(id, Erp(), other, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await service.DeleteAsync(id, other, Cancel)).Failure?.Kind);
    }

    private static ConnectionSettings Erp() => new() { Name = "ERP", BaseAddress = "https://erp.test/api", Headers = [new("X-Erp-Key", Secret)] };

    private static async Task<IReadOnlyList<SecretHeader>> StoredAsync(PortalApp app, string id)
        => app.Get<ConnectionSecrets>().Unprotect((await app.Get<FlowCatalog>().CurrentAsync(Cancel)).FindConnection(id)!)!;
}
