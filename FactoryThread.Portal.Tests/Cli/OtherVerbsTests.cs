using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Data.Sqlite;

namespace FactoryThread.Portal.Tests.Cli;

public sealed class OtherVerbsTests
{
    [Fact]
    public async Task Flows_add_creates_and_replaces()
    {
        using var verbs = new Verbs();

        var added = await verbs.RunAsync("flows", "add", "--id", "sync1", "--name", "Sync", "--route", "sync", "--live-target", "https://erp.example.test/sync", "--test-target", "echo", "--published");
        var replaced = await verbs.RunAsync("flows", "add", "--id", "sync1", "--name", "Sync orders");
        var flow = (await verbs.RunAsync("flows", "list", "--json")).Json.GetProperty("items").EnumerateArray().Single(f => f.GetProperty("id").GetString() == "sync1");

        Assert.Equal((0, 0), (added.Exit, replaced.Exit));
        Assert.Equal("Sync orders", flow.GetProperty("name").GetString());
        Assert.False(flow.GetProperty("published").GetBoolean());
        Assert.Equal("echo", flow.GetProperty("liveTarget").GetString());
    }

    [Fact]
    public async Task An_empty_directory_has_the_sample_flows()
    {
        using var verbs = new Verbs();

        var listed = await verbs.RunAsync("flows", "list");

        Assert.Contains("abc123", listed.Output, StringComparison.Ordinal);
        Assert.Contains("/api/orders", listed.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--id", "not an id")]
    [InlineData("--live-target", "ftp://x")]
    [InlineData("--test-target", "erp")]
    [InlineData("--route", "orders")]
    public async Task Flows_add_names_the_option_that_is_wrong(string option, string value)
    {
        using var verbs = new Verbs();
        List<string> args = ["flows", "add", "--name", "Sync"];
        args.AddRange(option == "--id" ? [] : ["--id", "sync1"]);

        var added = await verbs.RunAsync([.. args, option, value]);

        Assert.Equal(1, added.Exit);
        Assert.Contains(option, added.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_add_makes_somebody_who_can_sign_in()
    {
        using var verbs = new Verbs();

        var added = await verbs.RunWithInputAsync("a password from a pipe\n", "users", "add", "--email", "ada@example.test", "--password-stdin", "--administrator");
        await using var app = PortalApp.Start(dataDirectory: verbs.DataDirectory);
        using var http = await app.SignInAsync("ada@example.test", "a password from a pipe");

        Assert.Equal(0, added.Exit);
        Assert.DoesNotContain("a password from a pipe", added.Output + added.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "before it")]
    [InlineData("https://portal.example.test/", "")]
    public async Task Users_password_link_prints_a_link_that_opens_the_page(string address, string told)
    {
        using var verbs = await Verbs.WithAdministratorAsync();

        var made = await verbs.RunAsync("users", "password-link", "--email", "Admin@example.test", $"--Portal:PublicAddress={address}");
        var stranger = await verbs.RunAsync("users", "password-link", "--email", "nobody@example.test");
        await using var app = PortalApp.Start(dataDirectory: verbs.DataDirectory);
        using var http = app.Http();

        Assert.Equal(0, made.Exit);
        Assert.StartsWith($"{address.TrimEnd('/')}/account/new-password?", made.Output, StringComparison.Ordinal);
        Assert.Contains(told, made.Error, StringComparison.Ordinal);
        Assert.Contains("For admin@example.test.", await http.GetStringAsync(made.Output[made.Output.IndexOf("/account", StringComparison.Ordinal)..].Trim(), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(1, stranger.Exit);
        Assert.Contains("--email", stranger.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--password", "users", "add", "--email", "ada@example.test", "--password", "short")]
    [InlineData("--password-stdin", "users", "add", "--email", "ada@example.test", "--password-stdin")]
    [InlineData("--email", "users", "add", "--email", "ada", "--password", "a long enough password")]
    [InlineData("--password-stdin", "users", "add", "--email", "ada@example.test")]
    [InlineData("--password-stdin", "users", "add", "--email", "ada@example.test", "--password", "a long enough password", "--password-stdin")]
    public async Task Users_add_explains_what_is_missing(string named, params string[] args)
    {
        using var verbs = new Verbs();

        var added = await verbs.RunAsync(args);

        Assert.Equal(1, added.Exit);
        Assert.Contains(named, added.Error, StringComparison.Ordinal);
        Assert.Equal("", added.Output);
    }

    [Fact]
    public async Task The_configured_administrator_owns_keys_made_in_an_empty_directory()
    {
        using var verbs = new Verbs();

        var created = await verbs.RunAsync(
            "keys", "create", "--name", "erp", "--environment", "live", "--permission", "read-only", "--expires", "never", "--json",
            "--Portal:Setup:AdminEmail=admin@example.test", "--Portal:Setup:AdminPassword=a long enough password");

        Assert.Equal("admin@example.test", created.Json.GetProperty("owner").GetString());
    }

    [Theory]
    [InlineData("Portal:KnownProxies:0", "everybody", "Portal:KnownProxies has 'everybody'")]
    [InlineData("Portal:OutboundHosts:0", "https://erp.example.com", "Portal:OutboundHosts has 'https://erp.example.com'")]
    [InlineData("Portal:OutboundHosts", "erp.example.com", "write Portal:OutboundHosts:0")]
    public async Task A_faulty_setting_is_named(string setting, string value, string said)
    {
        using var verbs = new Verbs();

        var listed = await verbs.RunAsync("keys", "list", $"--{setting}", value);

        Assert.Equal(1, listed.Exit);
        Assert.Contains(said, listed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_passes_a_sound_directory_and_finds_damage()
    {
        using var verbs = new Verbs();
        var nothing = await verbs.RunAsync("database", "check");
        var migrated = await verbs.RunAsync("database", "migrate");
        var sound = await verbs.RunAsync("database", "check");

        SqliteConnection.ClearAllPools();
        await File.WriteAllTextAsync(Path.Combine(verbs.DataDirectory, "intake.db"), new string('x', 8192), TestContext.Current.CancellationToken);
        var intake = await verbs.RunAsync("database", "check");
        File.Delete(Path.Combine(verbs.DataDirectory, "intake.db"));
        Execute(verbs, "DELETE FROM __EFMigrationsHistory");
        var behind = await verbs.RunAsync("database", "check");
        Execute(verbs, "PRAGMA foreign_keys = OFF; INSERT INTO AspNetUserLogins (LoginProvider, ProviderKey, UserId) VALUES ('none', 'none', 'nobody')");
        var orphan = await verbs.RunAsync("database", "check");

        Assert.Equal((1, 0, 0), (nothing.Exit, migrated.Exit, sound.Exit));
        Assert.Contains("no database", nothing.Error, StringComparison.Ordinal);
        Assert.Equal((1, 1, 1), (intake.Exit, behind.Exit, orphan.Exit));
        Assert.Contains("intake.db", intake.Error, StringComparison.Ordinal);
        Assert.Contains("database migrate", behind.Error, StringComparison.Ordinal);
        Assert.Contains("AspNetUserLogins", orphan.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_database_is_a_sentence_and_not_a_crash()
    {
        using var verbs = new Verbs();
        await File.WriteAllTextAsync(Path.Combine(verbs.DataDirectory, "portal.db"), new string('x', 8192), TestContext.Current.CancellationToken);

        var listed = await verbs.RunAsync("keys", "list");

        Assert.Equal(1, listed.Exit);
        Assert.StartsWith("The database cannot be used:", listed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", listed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_of_a_running_portal_is_a_data_directory()
    {
        await using var app = PortalApp.Start();
        using var http = await app.SignInAsync();
        var folder = Path.Combine(app.DataDirectory, "backup");
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] args = ["database", "backup", "--to", folder, "--Portal:DataDirectory", app.DataDirectory];

        var exit = await FactoryThread.Portal.Cli.CommandLine.RunAsync(args, TextReader.Null, output, error);
        var again = await FactoryThread.Portal.Cli.CommandLine.RunAsync(args, TextReader.Null, output, error);
        await using (var restored = PortalApp.Start(dataDirectory: folder))
        {
            // The same person signs in to the copy.
            using var there = await restored.SignInAsync();
            Assert.Contains(SignedInClient.AdminEmail, await there.GetStringAsync("/account", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        Assert.Equal((0, 1), (exit, again));
        Assert.Contains("--to", error.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(folder, "keyring")));
    }

    private static void Execute(Verbs verbs, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(verbs.DataDirectory, "portal.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
