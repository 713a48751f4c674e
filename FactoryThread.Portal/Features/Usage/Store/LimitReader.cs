using System.Collections.Concurrent;
using System.Text;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.Data.Sqlite;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>Adds up what a key has used of its limits, over both files at one moment.</summary>
internal sealed class LimitReader : IDisposable
{
    private const long WindowSeconds = 60;
    private const long DayMilliseconds = 24 * 60 * 60 * 1000;

    private readonly NativeDatabase _intake;
    private readonly NativeDatabase _portal;
    private readonly NativeStatement _newest;
    private readonly NativeStatement _batches;
    private readonly NativeStatement _watermark;
    private readonly NativeStatement _today;
    private readonly NativeStatement _minute;
    private byte[] _buffer = [];

    private LimitReader(PortalOptions options)
    {
        _intake = IntakeFile.Connect(options.IntakePath);
        try
        {
            _portal = NativeDatabase.Open(options.DatabasePath, Sqlite.BusySeconds * 1000);
            _newest = _intake.Prepare("SELECT max(Id) FROM Intake");
            _batches = _intake.Prepare("SELECT Records FROM Intake WHERE Id > ?1 ORDER BY Id");
            _watermark = _portal.Prepare(PortalWatermark.Select);
            _today = _portal.Prepare("SELECT sum(Counted) FROM UsageHour WHERE KeyId = ?1 AND Hour >= ?2 AND Hour < ?3");
            _minute = _portal.Prepare("SELECT Records FROM RequestSegments WHERE KeyId = ?1 AND Minute >= ?2 AND Counted > 0");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <remarks>
    /// The order makes the cut exact. The intake's snapshot comes first: what it lacks had been moved before, so the later snapshot of
    /// portal.db has it. Batches up to that one's watermark are in its counts, and those above it are added from the intake.
    /// </remarks>
    private LimitUse Read(string keyId, DateTimeOffset now)
    {
        var dayStart = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var dayEnd = dayStart + DayMilliseconds;
        var windowStart = (now.ToUnixTimeSeconds() - WindowSeconds) * 1000;
        var today = 0L;
        var seconds = new SortedDictionary<long, int>();
        try
        {
            _intake.Execute("BEGIN");
            _newest.Scalar();
            _portal.Execute("BEGIN");
            var watermark = _watermark.Scalar();
            today += _today.Bind(1, keyId).Bind(2, dayStart).Bind(3, dayEnd).Scalar();
            _minute.Bind(1, keyId).Bind(2, windowStart / RequestSegment.MinuteMilliseconds);
            while (_minute.Step())
            {
                var moved = new RequestRecordFormat.Reader(SegmentPacking.Unpack(_minute.Blob(0), ref _buffer));
                while (moved.TryRead(out var entry))
                {
                    if (entry.Counted && entry.At >= windowStart)
                    {
                        Count(entry.At);
                    }
                }
            }

            var key = Encoding.UTF8.GetBytes(keyId);
            _batches.Bind(1, watermark);
            while (_batches.Step())
            {
                var reader = new RequestRecordFormat.Reader(_batches.Blob(0));
                while (reader.TryRead(out var entry))
                {
                    if (!entry.Counted || !entry.KeyId.SequenceEqual(key))
                    {
                        continue;
                    }

                    today += entry.At >= dayStart && entry.At < dayEnd ? 1 : 0;
                    if (entry.At >= windowStart)
                    {
                        Count(entry.At);
                    }
                }
            }
        }
        finally
        {
            _minute.Reset();
            _batches.Reset();
            _portal.Rollback();
            _intake.Rollback();
        }

        return new LimitUse(today, [.. seconds.Select(s => (s.Key, s.Value))]);

        void Count(long at) => seconds[at / 1000] = seconds.GetValueOrDefault(at / 1000) + 1;
    }

    public void Dispose()
    {
        _intake.Dispose();
        _portal?.Dispose();
    }

    /// <summary>Readers that nobody uses at the moment.</summary>
    public sealed class Pool(PortalOptions options) : IDisposable
    {
        private static readonly int Kept = Math.Max(2, Environment.ProcessorCount);
        private readonly ConcurrentBag<LimitReader> _free = [];

        /// <exception cref="UsageUnavailableException">One of the files cannot be read.</exception>
        public LimitUse Read(string keyId, DateTimeOffset now)
        {
            LimitReader? reader = null;
            try
            {
                reader = _free.TryTake(out var free) ? free : new LimitReader(options);
                var use = reader.Read(keyId, now);
                if (_free.Count < Kept)
                {
                    _free.Add(reader);
                    reader = null;
                }

                return use;
            }
            catch (Exception exception) when (exception is SqliteException or InvalidDataException)
            {
                throw new UsageUnavailableException("What the key has used of its limits cannot be read.", exception);
            }
            finally
            {
                reader?.Dispose();
            }
        }

        public void Dispose()
        {
            while (_free.TryTake(out var reader))
            {
                reader.Dispose();
            }
        }
    }
}
