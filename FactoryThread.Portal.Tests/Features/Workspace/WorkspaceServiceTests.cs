using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Workspace;

public sealed class WorkspaceServiceTests : IAsyncDisposable
{
    private static readonly Caller Administrator = Caller.Administrator(new Actor(ActorKind.User, "u", "ada@example.test"), "u");
    private readonly PortalApp _app = PortalApp.Start();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private WorkspaceService Workspace => _app.Get<WorkspaceService>();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task It_starts_with_what_is_recommended()
        => Assert.Equal((RotationSchedule.Recommended, 90), await Workspace.GetAsync(Cancel) is var settings ? (settings.Rotation, settings.UnusedDays) : default);

    [Fact]
    public async Task A_change_is_kept_and_on_record_with_what_it_was_before()
    {
        var changed = (await ChangeAsync(RotationSchedule.Recommended with { Production = 60, CiCd = 14 }, 45)).Require();

        Assert.Equal((60, 14, 45), (changed.ProductionDays, changed.CiCdDays, changed.UnusedDays));
        Assert.Equal(60, (await Workspace.GetAsync(Cancel)).ProductionDays);
        var entry = Assert.Single((await _app.Get<AuditLog>().ForSubjectAsync("workspace", "workspace", 0, 10, Cancel)).Items);
        Assert.Equal(("ada@example.test", """{"production_rotation_days":{"from":90,"to":60},"ci_cd_rotation_days":{"from":90,"to":14},"unused_days":{"from":90,"to":45}}"""), (entry.ActorName, entry.Details));
        await ChangeAsync(changed.Rotation, 45, version: 1);
        Assert.Equal(1, (await _app.Get<AuditLog>().ForSubjectAsync("workspace", "workspace", 0, 10, Cancel)).Total);
    }

    [Fact]
    public async Task Only_an_administrator_in_person_changes_it()
    {
        Assert.Equal(FailureKind.Forbidden, (await ChangeAsync(RotationSchedule.Recommended, 10, caller: Administrator with { Role = PortalRole.Operator })).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await ChangeAsync(RotationSchedule.Recommended, 10, caller: Administrator with { KeyId = "key_1" })).Failure?.Kind);
        Assert.Equal(90, (await Workspace.GetAsync(Cancel)).UnusedDays);
    }

    [Theory]
    [InlineData(0, 90, "partner")]
    [InlineData(3651, 90, "partner")]
    [InlineData(180, 0, "unused")]
    [InlineData(180, 3651, "unused")]
    public async Task Days_out_of_range_are_refused_by_name(int partner, int unused, string field)
        => Assert.Equal((FailureKind.Invalid, field), (await ChangeAsync(RotationSchedule.Recommended with { Partner = partner }, unused)).Failure is { } f ? (f.Kind, f.Field) : default);

    [Fact]
    public async Task A_change_of_an_older_state_is_refused()
    {
        await ChangeAsync(RotationSchedule.Recommended, 30);

        Assert.Equal(FailureKind.Conflict, (await ChangeAsync(RotationSchedule.Recommended, 60)).Failure?.Kind);
    }

    private Task<Result<Portal.Features.Workspace.Model.WorkspaceSettings>> ChangeAsync(RotationSchedule rotation, int unusedDays, int version = 0, Caller? caller = null)
        => Workspace.ChangeAsync(rotation, unusedDays, version, caller ?? Administrator, Cancel);
}
