using System.Reflection;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Confirmation;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.Passkeys;
using FactoryThread.Portal.Features.Accounts.PasswordReset;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Features.Alerts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Incidents;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Features.Overview;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Features.Workspace.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>Every method of every domain service against every role.</summary>
public sealed class RoleTests(RoleTests.Rig rig) : IClassFixture<RoleTests.Rig>
{
    private const string Password = "a long enough password";

    private static readonly FlowSettings SomeFlow = new() { Name = "Some flow" };

    /// <summary>Methods that look: whoever is signed in may call them, and sees what is in their reach.</summary>
    private static readonly HashSet<string> Reads =
    [
        "OverviewService.AttentionAsync", "OverviewService.OverPrivilegedAsync", "OverviewService.TroubledAsync",
        "IncidentService.UseSinceAsync", "IncidentService.ReportOfAsync", "IncidentService.RecordExportAsync",
        "LeakService.MatchAsync", "LeakService.RecordFindsAsync", "LeakService.OpenReportsAsync",
        "AlertRuleService.ListAsync", "ApiKeyService.NameExistsAsync", "AlertService.ListAsync", "AlertService.CountAsync", "AlertService.KindsAsync", "AlertService.OpenAsync", "SessionService.ListAsync",
        "ApiKeyService.GetAsync", "ApiKeyService.ListAsync", "ApiKeyService.RowsAsync", "ApiKeyService.TotalAsync", "ApiKeyService.CountsAsync", "ApiKeyService.FindByTokenAsync", "ApiKeyService.PlanRotationAsync",
    ];

    /// <summary>The role that an operation takes, and the operation on something made for it.</summary>
    private static readonly Dictionary<string, (PortalRole Least, Func<Rig, Caller, Task<Failure?>> Call)> Operations = new(StringComparer.Ordinal)
    {
        ["ApiKeyService.CreateAsync"] = (PortalRole.Operator, async (r, c) => (await r.Keys.CreateAsync(new NewApiKey(Given.Settings(), KeyEnvironment.Live), c, Cancel)).Failure),
        ["ApiKeyService.UpdateAsync"] = (PortalRole.Operator, async (r, c) => (await r.Keys.UpdateAsync((await r.KeyOfAsync(c)).Key.Id, Given.Settings("another-name"), c, Cancel)).Failure),
        ["ApiKeyService.RevokeAsync"] = (PortalRole.Operator, async (r, c) => (await r.Keys.RevokeAsync((await r.KeyOfAsync(c)).Key.Id, null, c, Cancel)).Failure),
        ["ApiKeyService.DeleteAsync"] = (PortalRole.Operator, async (r, c) => (await r.Keys.DeleteAsync((await r.KeyOfAsync(c)).Key.Id, c, Cancel)).Failure),
        ["ApiKeyService.NoteStorageAsync"] = (PortalRole.Operator, async (r, c) => (await r.Keys.NoteStorageAsync((await r.KeyOfAsync(c)).Key.Id, "Vault", c, Cancel)).Failure),
        ["ApiKeyService.RegenerateAsync"] = (PortalRole.Operator, async (r, c) => (await r.Keys.RegenerateAsync((await r.KeyOfAsync(c)).Key.Id, c, Cancel)).Failure),
        ["ApiKeyService.RegenerateSelfAsync"] = (PortalRole.Operator, async (r, c) => await r.RegenerateSelfAsync(c)),
        ["ApiKeyService.RetirePreviousAsync"] = (PortalRole.Operator, async (r, c) => (await r.Keys.RetirePreviousAsync((await r.KeyOfAsync(c)).Key.Id, c, Cancel)).Failure),
        ["IncidentService.ReportAsync"] = (PortalRole.Operator, async (r, c) => (await r.App.Get<IncidentService>().ReportAsync((await r.KeyOfAsync(c)).Key.Id, new CompromiseWish(DateTimeOffset.UnixEpoch.AddYears(50), null, true), c, Cancel)).Failure),
        ["LeakService.DismissAsync"] = (PortalRole.Operator, async (r, c) => (await r.App.Get<LeakService>().DismissAsync(await r.LeakAsync(c), c, Cancel)).Failure),
        ["AlertService.AcknowledgeAsync"] = (PortalRole.Operator, async (r, c) => (await r.App.Get<AlertService>().AcknowledgeAsync(await r.AlertAsync(c), c, Cancel)).Failure),
        ["AlertService.AcknowledgeAllAsync"] = (PortalRole.Operator, async (r, c) => (await r.App.Get<AlertService>().AcknowledgeAllAsync(AlertKind.LimitDay, 0, long.MaxValue, c, Cancel)).Failure),
        ["AlertService.SnoozeAsync"] = (PortalRole.Operator, async (r, c) => (await r.App.Get<AlertService>().SnoozeAsync(await r.AlertAsync(c), TimeSpan.FromHours(1), c, Cancel)).Failure),
        ["AlertService.ResolveAsync"] = (PortalRole.Operator, async (r, c) => (await r.App.Get<AlertService>().ResolveAsync(await r.AlertAsync(c), c, Cancel)).Failure),
        ["AlertRuleService.SetAsync"] = (PortalRole.Administrator, async (r, c) => (await r.App.Get<AlertRuleService>().SetAsync(AlertKind.LimitDay, null, RuleSettings.Default(AlertKind.LimitDay), c, Cancel)).Failure),
        ["AlertRuleService.FindKeysAsync"] = (PortalRole.Administrator, async (r, c) => (await r.App.Get<AlertRuleService>().FindKeysAsync("erp", c, Cancel)).Failure),
        ["AlertRuleService.ResetAsync"] = (PortalRole.Administrator, async (r, c) => (await r.App.Get<AlertRuleService>().ResetAsync(AlertKind.LimitDay, null, c, Cancel)).Failure),
        ["AlertChannelService.ListAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Channels.ListAsync(c, Cancel)).Failure),
        ["AlertChannelService.LogAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Channels.LogAsync(0, 10, c, Cancel)).Failure),
        ["AlertChannelService.SaveAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Channels.SaveAsync(null, Channel, c, Cancel)).Failure),
        ["AlertChannelService.DeleteAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Channels.DeleteAsync((await r.Channels.SaveAsync(null, Channel, Caller.CommandLine, Cancel)).Require().Id, c, Cancel)).Failure),
        ["AlertChannelService.TestAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Channels.TestAsync(null, Channel, c, Cancel)).Failure),
        ["FlowService.CreateAsync"] = (PortalRole.Operator, async (r, c) => (await r.Flows.CreateAsync(NewId(), SomeFlow, c, Cancel)).Failure),
        ["FlowService.UpdateAsync"] = (PortalRole.Operator, async (r, c) => (await r.Flows.UpdateAsync(await r.FlowAsync(), SomeFlow with { Description = "Changed" }, c, Cancel)).Failure),
        ["FlowService.PublishAsync"] = (PortalRole.Operator, async (r, c) => (await r.Flows.PublishAsync(await r.FlowAsync(), true, c, Cancel)).Failure),
        ["FlowService.PutAsync"] = (PortalRole.Operator, async (r, c) => (await r.Flows.PutAsync(NewId(), SomeFlow, c, Cancel)).Failure),
        ["ConnectionService.ListAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Connections.ListAsync(c, Cancel)).Failure),
        ["ConnectionService.GetAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Connections.GetAsync(await r.ConnectionAsync(), c, Cancel)).Failure),
        ["ConnectionService.CreateAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Connections.CreateAsync(Connection(), c, Cancel)).Failure),
        ["ConnectionService.UpdateAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Connections.UpdateAsync(await r.ConnectionAsync(), Connection(), c, Cancel)).Failure),
        ["ConnectionService.DeleteAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Connections.DeleteAsync(await r.ConnectionAsync(), c, Cancel)).Failure),
        ["WorkspaceService.ChangeAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Workspace.ChangeAsync(RotationSchedule.Recommended, 44, (await r.Workspace.GetAsync(Cancel)).Version, c, Cancel)).Failure),
        ["WorkspaceService.ChangePeopleAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Workspace.ChangePeopleAsync(new PeopleRules(false, null, false), (await r.Workspace.GetAsync(Cancel)).Version, c, Cancel)).Failure),
        ["ConfirmationService.ConfirmAsync"] = (PortalRole.Viewer, async (r, c) => await r.ConfirmAsync(c)),
        ["UserService.ListAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Users.ListAsync(c, Cancel)).Failure),
        ["UserService.AddAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Users.AddAsync(new NewUser(NewMail(), Password, PortalRole.Viewer), c, Cancel)).Failure),
        ["UserService.HandOverKeysAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Users.HandOverKeysAsync(await r.UserAsync(), (await r.CallerAsync(PortalRole.Operator)).UserId!, c, Cancel)).Failure),
        ["UserService.DisableAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Users.DisableAsync(await r.UserAsync(), c, Cancel)).Failure),
        ["UserService.EnableAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Users.EnableAsync(await r.UserAsync(), c, Cancel)).Failure),
        ["UserService.ChangeRoleAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Users.ChangeRoleAsync(await r.UserAsync(), PortalRole.Administrator, c, Cancel)).Failure),
        ["InvitationService.CreateAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Invitations.CreateAsync(NewMail(), PortalRole.Viewer, c, Cancel)).Failure),
        ["InvitationService.ListAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Invitations.ListAsync(c, Cancel)).Failure),
        ["InvitationService.RevokeAsync"] = (PortalRole.Administrator, async (r, c) => (await r.Invitations.RevokeAsync((await r.Invitations.CreateAsync(NewMail(), PortalRole.Viewer, Caller.CommandLine, Cancel)).Require().Invitation.Id, c, Cancel)).Failure),
        ["PasswordResetService.CreateAsync"] = (PortalRole.Administrator, async (r, c) => (await r.App.Get<PasswordResetService>().CreateAsync(await r.UserAsync(), c, Cancel)).Failure),
        ["SessionService.EndAsync"] = (PortalRole.Viewer, async (r, c) => (await r.App.Get<SessionService>().EndAsync(NewId(), c, Cancel)).Failure),
        ["SecondFactorService.StatusAsync"] = (PortalRole.Viewer, async (r, c) => (await r.App.Get<SecondFactorService>().StatusAsync(c, Cancel)).Failure),
        ["SecondFactorService.BeginAsync"] = (PortalRole.Viewer, async (r, c) => (await r.App.Get<SecondFactorService>().BeginAsync(c, Cancel)).Failure),
        ["SecondFactorService.TurnOnAsync"] = (PortalRole.Viewer, async (r, c) => (await r.App.Get<SecondFactorService>().TurnOnAsync(await r.CodeOfAsync(c), c, null, Cancel)).Failure),
        ["SecondFactorService.RenewCodesAsync"] = (PortalRole.Viewer, async (r, c) => (await r.App.Get<SecondFactorService>().RenewCodesAsync(await r.SecondCodeOfAsync(c), c, Cancel)).Failure),
        ["SecondFactorService.TurnOffAsync"] = (PortalRole.Viewer, async (r, c) => (await r.App.Get<SecondFactorService>().TurnOffAsync(await r.SecondCodeOfAsync(c), c, null, Cancel)).Failure),
        ["SecondFactorService.ResetAsync"] = (PortalRole.Administrator, async (r, c) => (await r.App.Get<SecondFactorService>().ResetAsync(await r.UserAsync(), c, Cancel)).Failure),
        ["SessionService.EndAllAsync"] = (PortalRole.Viewer, async (r, c) => (await r.App.Get<SessionService>().EndAllAsync(c, Cancel)).Failure),
        ["ConfirmationService.ConfirmByPasskeyAsync"] = (PortalRole.Viewer, async (r, c) => await r.ConfirmByPasskeyAsync(c)),
        ["PasskeyService.ListAsync"] = (PortalRole.Viewer, async (r, c) => (await r.App.Get<PasskeyService>().ListAsync(c, Cancel)).Failure),
        ["PasskeyService.AddAsync"] = (PortalRole.Viewer, async (r, c) => (await r.App.Get<PasskeyService>().AddAsync(Passkey(), "Laptop", c, Cancel)).Failure),
        ["PasskeyService.RemoveAsync"] = (PortalRole.Viewer, async (r, c) => (await r.App.Get<PasskeyService>().RemoveAsync("none", c, Cancel)).Failure),
        ["UserService.ChangePasswordAsync"] = (PortalRole.Viewer, async (r, c) => (await r.Users.ChangePasswordAsync(Password, Password + " too", c, Cancel)).Failure),
    };

    public static TheoryData<string, PortalRole?> EveryOperationForEveryRole
    {
        get
        {
            var data = new TheoryData<string, PortalRole?>();
            foreach (var operation in Operations.Keys)
            {
                data.Add(operation, null);
                foreach (var role in Enum.GetValues<PortalRole>())
                {
                    data.Add(operation, role);
                }
            }

            return data;
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ChannelSettings Channel => new(ChannelType.Mail, "ops@example.test", ChannelPace.AtOnce, AlertLevel.Warning);

    [Theory]
    [MemberData(nameof(EveryOperationForEveryRole))]
    public async Task An_operation_is_for_its_role_and_those_above(string operation, PortalRole? role)
    {
        var (least, call) = Operations[operation];

        var failure = await call(rig, await rig.CallerAsync(role));

        if (role >= least)
        {
            Assert.True(failure is null or { Kind: FailureKind.Conflict }, $"{operation} refused {role}: {failure}");
        }
        else
        {
            Assert.Equal(FailureKind.Forbidden, failure?.Kind);
        }
    }

    [Fact]
    public void No_method_that_acts_for_somebody_is_left_out()
    {
        var methods = typeof(Program).Assembly.GetTypes()
            .Where(t => t.Namespace?.StartsWith("FactoryThread.Portal.Features.", StringComparison.Ordinal) == true && t.Name.EndsWith("Service", StringComparison.Ordinal))
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(m => m.GetParameters().Any(p => p.ParameterType == typeof(Caller)))
            .Select(m => $"{m.DeclaringType!.Name}.{m.Name}").Distinct().ToList();

        Assert.Empty(methods.Except(Operations.Keys).Except(Reads));
        Assert.Empty(Operations.Keys.Concat(Reads).Except(methods));
    }

    [Fact]
    public async Task A_viewer_sees_every_key_an_operator_their_own_and_nobody_none()
    {
        var other = (await rig.App.KeyAsync(Given.Settings("of-somebody-else"))).Key.Id;
        var viewer = await rig.CallerAsync(PortalRole.Viewer);
        var ada = await rig.CallerAsync(PortalRole.Operator);
        var own = (await rig.KeyOfAsync(ada)).Key.Id;

        Assert.Null((await rig.Keys.GetAsync(other, viewer, Cancel)).Failure);
        Assert.Equal(FailureKind.NotFound, (await rig.Keys.GetAsync(other, ada, Cancel)).Failure?.Kind);
        Assert.Null((await rig.Keys.GetAsync(own, ada, Cancel)).Failure);
        Assert.Equal(FailureKind.NotFound, (await rig.Keys.GetAsync(own, Caller.Nobody, Cancel)).Failure?.Kind);
        Assert.Equal(0, (await rig.Keys.ListAsync(new ApiKeyQuery(), Caller.Nobody, Cancel)).Total);
        Assert.Equal(0, (await rig.App.Get<OverviewService>().AttentionAsync(Caller.Nobody, Cancel)).Keys);

        // Nor do they learn of it from what belongs to it.
        var rules = rig.App.Get<AlertRuleService>();
        foreach (var key in new[] { own, other })
        {
            (await rules.SetAsync(AlertKind.LimitDay, key, RuleSettings.Default(AlertKind.LimitDay), Caller.CommandLine, Cancel)).Require();
        }

        Assert.Equal([own], (await rules.ListAsync(ada, Cancel)).Select(r => r.KeyId).OfType<string>().Intersect([own, other]));
        Assert.Equal(2, (await rules.ListAsync(viewer, Cancel)).Select(r => r.KeyId).OfType<string>().Intersect([own, other]).Count());
        Assert.False(await rig.Keys.NameExistsAsync("of-somebody-else", null, ada, Cancel));
        Assert.True(await rig.Keys.NameExistsAsync("of-somebody-else", null, viewer, Cancel));
    }

    private static UserPasskeyInfo Passkey() => new(Guid.NewGuid().ToByteArray(), [1], DateTimeOffset.UnixEpoch, 0, null, isUserVerified: true, isBackupEligible: false, isBackedUp: false, [], []);

    private static string NewId() => Guid.NewGuid().ToString("n");

    private static string NewMail() => $"{NewId()}@example.test";

    private static ConnectionSettings Connection() => new() { Name = NewId(), BaseAddress = "https://erp.example.test/" };

    /// <summary>One portal for the whole table; every operation works on something of its own.</summary>
    public sealed class Rig : IAsyncDisposable
    {
        internal PortalApp App { get; } = PortalApp.Start();

        internal ApiKeyService Keys => App.Get<ApiKeyService>();

        internal FlowService Flows => App.Get<FlowService>();

        internal ConnectionService Connections => App.Get<ConnectionService>();

        internal AlertChannelService Channels => App.Get<AlertChannelService>();

        internal WorkspaceService Workspace => App.Get<WorkspaceService>();

        internal UserService Users => App.Get<UserService>();

        internal InvitationService Invitations => App.Get<InvitationService>();

        public ValueTask DisposeAsync() => App.DisposeAsync();

        internal async Task<Caller> CallerAsync(PortalRole? role)
        {
            if (role is not { } known)
            {
                return Caller.Nobody;
            }

            var user = (await Users.AddAsync(new NewUser(NewMail(), Password, known), Caller.CommandLine, Cancel)).Require();
            return new Caller(new Actor(ActorKind.User, user.Id, user.Email), user.Id, known, known.ReachesAllKeys(operatorsReachAllKeys: false)) { ProvedLately = true };
        }

        /// <summary>A key that the caller reaches: their own, or of an operator if they own none.</summary>
        internal async Task<RevealedKey> KeyOfAsync(Caller caller)
        {
            var owner = caller.Role >= PortalRole.Operator ? caller.UserId : (await Users.AddAsync(new NewUser(NewMail(), Password, PortalRole.Operator), Caller.CommandLine, Cancel)).Require().Id;
            return (await Keys.CreateAsync(new NewApiKey(Given.Settings() with { AllowSelfRegenerate = true }, KeyEnvironment.Live, owner), Caller.CommandLine, Cancel)).Require();
        }

        internal async Task<Failure?> ConfirmAsync(Caller caller)
        {
            if (caller.UserId is null)
            {
                return (await App.Get<ConfirmationService>().ConfirmAsync(Proof.Password, Password, caller, Cancel)).Failure;
            }

            return (await App.Get<ConfirmationService>().ConfirmAsync(Proof.Password, Password, await InSessionAsync(caller), Cancel)).Failure;
        }

        internal async Task<Failure?> ConfirmByPasskeyAsync(Caller caller)
            => (await App.Get<ConfirmationService>().ConfirmByPasskeyAsync(caller.UserId ?? "", caller.UserId is null ? caller : await InSessionAsync(caller), Cancel)).Failure;

        private async Task<Caller> InSessionAsync(Caller caller)
        {
            await using var db = await App.Contexts.CreateDbContextAsync(Cancel);
            var session = db.Add(UserSession.Begin(caller.UserId!, null, null, secondFactor: false, DateTimeOffset.UnixEpoch)).Entity;
            await db.SaveChangesAsync(Cancel);
            return caller with { SessionId = session.Id };
        }

        internal async Task<Failure?> RegenerateSelfAsync(Caller caller)
        {
            var key = await KeyOfAsync(caller);
            await using var db = await App.Contexts.CreateDbContextAsync(Cancel);
            var secret = db.Set<ApiKeySecret>().Single(s => s.KeyId == key.Key.Id);
            return (await Keys.RegenerateSelfAsync(caller with { KeyId = key.Key.Id, SecretId = secret.Id }, Cancel)).Failure;
        }

        internal async Task<long> LeakAsync(Caller caller)
        {
            var key = (await KeyOfAsync(caller)).Key;
            await using var db = await App.Contexts.CreateDbContextAsync(Cancel);
            var report = LeakReport.Create(key.Id, db.Set<ApiKeySecret>().Single(s => s.KeyId == key.Id).Id, key.Hint, "Somebody", "https://example.test/", null, DateTimeOffset.UnixEpoch);
            db.Add(report);
            await db.SaveChangesAsync(Cancel);
            return report.Id;
        }

        internal async Task<long> AlertAsync(Caller caller)
        {
            var key = (await KeyOfAsync(caller)).Key;
            await using var db = await App.Contexts.CreateDbContextAsync(Cancel);
            var alert = Alert.Raise(
                new Finding(AlertKind.LimitDay, AlertLevel.Warning, key.Id, key.Name, NewId(), "Summary", "Look", "/", DateTimeOffset.UnixEpoch) { KeyId = key.Id }, DateTimeOffset.UnixEpoch);
            db.Add(alert);
            await db.SaveChangesAsync(Cancel);
            return alert.Id;
        }

        /// <summary>The code that sets up the caller's authenticator app; none if they may not.</summary>
        internal async Task<string?> CodeOfAsync(Caller caller)
            => (await App.Get<SecondFactorService>().BeginAsync(caller, Cancel)).Value is { } setup ? AuthenticatorApp.Code(setup.Key, steps: 0) : null;

        /// <summary>The next code of the app, which is set up by then.</summary>
        internal async Task<string?> SecondCodeOfAsync(Caller caller)
        {
            if ((await App.Get<SecondFactorService>().BeginAsync(caller, Cancel)).Value is not { } setup)
            {
                return null;
            }

            (await App.Get<SecondFactorService>().TurnOnAsync(AuthenticatorApp.Code(setup.Key, steps: 0), caller, null, Cancel)).Require();
            return AuthenticatorApp.Code(setup.Key, steps: 1);
        }

        internal async Task<string> FlowAsync() => (await Flows.CreateAsync(NewId(), SomeFlow, Caller.CommandLine, Cancel)).Require().Id;

        internal async Task<string> ConnectionAsync() => (await Connections.CreateAsync(Connection(), Caller.CommandLine, Cancel)).Require().Id;

        internal async Task<string> UserAsync() => (await Users.AddAsync(new NewUser(NewMail(), Password, PortalRole.Viewer), Caller.CommandLine, Cancel)).Require().Id;
    }
}
