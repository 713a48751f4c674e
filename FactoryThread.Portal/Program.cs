using FactoryThread.Portal;

var app = PortalHost.Build(args);
await app.PreparePortalAsync();
await app.RunAsync();

/// <summary>The entry point; public for the tests' host.</summary>
public partial class Program;
