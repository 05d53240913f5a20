package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"netid/internal/connector/authority"
	"netid/internal/connector/face"
	"netid/internal/connector/sms"
	"netid/internal/emrtd/csca"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite"
)

type serveCmd struct {
	Config string `required:"" placeholder:"FILE" type:"existingfile" help:"Configuration file (YAML)."`
}

// Run is the production form. It refuses every part of a sandbox: simulators,
// a sandbox's data directory, synthetic people, sandbox roots.
func (c *serveCmd) Run(s *surroundings) error {
	conf, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(s.errs, nil))
	set, err := conf.settings(s.ctx, log)
	if err != nil {
		return err
	}
	front, err := conf.listen()
	if err != nil {
		return err
	}
	defer front.Close()
	h, err := build(s.ctx, set)
	if err != nil {
		return err
	}
	defer h.Close()
	doors := []listening{{front, h.server}}
	if conf.MTLS.Listen != "" {
		side, err := conf.listenMTLS()
		if err != nil {
			return err
		}
		defer side.Close()
		doors = append(doors, listening{side, forMachines(h.server)})
	}
	if err := h.admitParties(s.ctx, conf); err != nil {
		return err
	}
	if door, err := h.openOperatorDoor(); err != nil {
		log.Warn("no door for the operator in the data directory", "err", err)
	} else {
		doors = append(doors, door)
	}
	log.Info("ready", "issuer", conf.Issuer, "listen", front.Addr().String())
	return h.serve(s.ctx, doors...)
}

// admitParties says in the ledger whose endorsements count, and registers what
// the file declares, as far as two operators endorsed it.
func (h *house) admitParties(ctx context.Context, conf config) error {
	if err := h.admit.Seat(ctx); err != nil {
		return fmt.Errorf("operators: %w", err)
	}
	for _, p := range conf.Parties {
		in, err := p.application()
		if err != nil {
			return fmt.Errorf("party %s: %w", p.ID, err)
		}
		kept, _, err := h.admit.Keep(ctx, in)
		if fault.Because(err, "party_removed") {
			h.Log.Warn("the configuration names a party that was removed, which stays so", "party", p.ID)
			continue
		}
		if fault.Because(err, "party_unapproved") {
			h.Log.Warn("the configuration changes a party without two operators' endorsements of the change: what they approved stays in force", "party", p.ID)
			continue
		}
		if err != nil {
			return fmt.Errorf("party %s: %w", p.ID, err)
		}
		if !kept.Countersigned() {
			h.Log.Warn("a party waits for two operators to approve it", "party", p.ID)
		}
	}
	return nil
}

// settings checks that nothing of a sandbox is in what the file names.
func (c config) settings(ctx context.Context, log *slog.Logger) (settings, error) {
	none := settings{}
	if _, err := os.Stat(authorityDir(c.Data)); !errors.Is(err, os.ErrNotExist) {
		return none, fmt.Errorf("%s is a sandbox's data directory", c.Data)
	}
	// By their keys, not by the quorum's files: these say nothing of who the officers are.
	if _, err := os.Stat(officersDir(c.Data)); !errors.Is(err, os.ErrNotExist) {
		return none, fmt.Errorf("%s has officers' private keys, as a sandbox simulates them: serve refuses a quorum that one machine holds", officersDir(c.Data))
	}
	key, err := productionMaster(c.Data)
	if err != nil {
		return none, err
	}
	authorities, err := csca.Open(c.CSCA)
	if err != nil {
		return none, err
	}
	registerToken, err := readToken(c.Authority.TokenFile)
	if err != nil {
		return none, err
	}
	register := authority.New(c.Authority.URL, registerToken)
	ask, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	about, err := register.About(ask)
	if err != nil {
		return none, fmt.Errorf("authority: %w", err)
	}
	if about.Simulator {
		return none, fmt.Errorf("authority %s is a simulator: serve refuses it", c.Authority.URL)
	}
	news, err := readNewsKeys(c.NewsKeys, register)
	if err != nil {
		return none, err
	}
	smsToken, err := readToken(c.SMS.TokenFile)
	if err != nil {
		return none, err
	}
	at, err := siteOf(c.Data, c.Store, c.Shelf)
	if err != nil {
		return none, err
	}
	profile, err := chosen(c.Profile)
	if err != nil {
		return none, err
	}
	side, err := c.MTLS.open()
	if err != nil {
		return none, err
	}
	vouched, err := openWallets(c.Wallets)
	if err != nil {
		return none, err
	}
	set := settings{Issuer: c.Issuer, MTLS: side, Wallets: vouched, Data: c.Data, Site: at, Master: key, Profile: profile, CSCA: authorities.Anchors, Authority: register, News: news, NewsName: newsName,
		Operator: law.Operator{Name: identity.Text{ZH: c.Operator.NameZH, EN: c.Operator.NameEN}, Contact: c.Operator.Contact}, Operators: c.Operators,
		Post: sms.NewGateway(c.SMS.URL, smsToken), Codes: c.Codes, Push: c.Push, Regions: c.Regions, Log: log, SelfTest: suite.SelfTest, Drain: c.Drain}
	if c.Face != "" {
		if set.Models, err = face.OpenModels(c.Face); err != nil {
			return none, err
		}
		set.Faces = face.Device{Models: set.Models}
	}
	return set, nil
}

func (c config) listen() (net.Listener, error) {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil || c.TLS.Certificate == "" {
		return l, err
	}
	conf, err := c.TLS.config()
	if err != nil {
		l.Close()
		return nil, err
	}
	return tls.NewListener(l, conf), nil
}

func (f tlsFiles) config() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, err
}
