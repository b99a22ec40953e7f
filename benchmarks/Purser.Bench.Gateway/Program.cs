using System.Runtime.InteropServices;
using Purser.Gateway;
using Purser.Gateway.Configuration;

SocketTuning.Apply();

// purser up with one feature left out: --without journal|budgets|metering|telemetry|auth up --config F --data DIR --listen URL
var options = OptionsLoader.Load(After("--config"), null, After("--data"), new Uri(After("--listen")!), Environment.GetEnvironmentVariable);
var without = After("--without");
var features = without switch
{
    "journal" => new Features(Journal: false),
    "budgets" => new Features(Budgets: false),
    "metering" => new Features(Metering: false),
    "telemetry" => new Features(Telemetry: false),
    "auth" => new Features(Authentication: false),
    null => new Features(),
    _ => throw new ArgumentException($"There is no feature '{without}'."),
};
var stopped = new TaskCompletionSource();
using var signal = PosixSignalRegistration.Create(
    PosixSignal.SIGTERM,
    context =>
    {
        context.Cancel = true;
        stopped.TrySetResult();
    }
);
await using var host = await GatewayHost.StartAsync(options, features, null, TimeProvider.System, CancellationToken.None);
Console.WriteLine($"Admin key: {host.NewAdminKey}");
Console.WriteLine($"Purser listens on {host.Address.GetLeftPart(UriPartial.Authority)}.");
await stopped.Task;

string? After(string name)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}
