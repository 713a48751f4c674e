using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Cli;

public sealed class RunningServerTests
{
    [Fact]
    public async Task A_running_server_refuses_within_a_second_what_a_verb_revoked()
    {
        using var verbs = await Verbs.WithAdministratorAsync();
        var made = (await verbs.RunAsync("keys", "create", "--name", "ci-nightly", "--environment", "live", "--permission", "full", "--expires", "never", "--per-minute", "1000000", "--json")).Json;
        var key = made.GetProperty("key").GetString();
        await using var app = PortalApp.Start(dataDirectory: verbs.DataDirectory);
        using var http = app.Http();
        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", key)).Status);

        Assert.Equal(0, (await verbs.RunAsync("keys", "revoke", made.GetProperty("id").GetString()!)).Exit);

        using var second = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        Answer answer;
        do
        {
            answer = await http.ExecuteAsync("abc123", key);
        }
        while ((int)answer.Status == 200 && !second.IsCancellationRequested);

        Assert.Equal("revoked_key", answer.Code);
    }
}
