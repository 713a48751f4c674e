using FactoryThread.Portal.Cli;

return await CommandLine.RunAsync(args);

/// <summary>The entry point; public for the tests' host.</summary>
public partial class Program;
